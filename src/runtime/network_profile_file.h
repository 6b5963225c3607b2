#pragma once
// Network profiles that come with the product: ":/profiles/<name>.json", every figure with its
// source or marked as an assumption.

#include <string>
#include <string_view>
#include <vector>

#include <QByteArray>
#include <tl/expected.hpp>

#include "chain/network_profile.h"

namespace oee::runtime {

enum class ProfileError { unknownName, notJson, fieldMissing, invalidField };

struct ProfileFailure {
    ProfileError error = ProfileError::unknownName;
    std::string profile;  // its name
    std::string field;    // path of the member; empty for unknownName and notJson
};

// For people: which profile, what is wrong, and for an unknown name which there are.
std::string explain(const ProfileFailure& failure);

// In order of name.
std::vector<std::string> networkProfileNames();

// The file's own name must be `name`, every figure must state its source, and the least send
// latency must not be above the greatest.
tl::expected<chain::NetworkProfile, ProfileFailure> parseNetworkProfile(std::string_view name,
                                                                        const QByteArray& json);

tl::expected<chain::NetworkProfile, ProfileFailure> loadNetworkProfile(std::string_view name);

}  // namespace oee::runtime
