#pragma once
// Networks for tests of the chain.

#include "chain/network_profile.h"

namespace oee::test {

// Slots of 400 ms, the documented fees, nobody else on the chain, nothing fails.
inline chain::NetworkProfile quiet() {
    chain::NetworkProfile profile;
    profile.name = "quiet";
    profile.slotMillis = 400;
    profile.baseFeeLamports = 5'000;
    profile.computeUnitPriceMicroLamports = 50'000;
    return profile;
}

// Everything at once, more of it than any profile of the product has.
inline chain::NetworkProfile wild() {
    chain::NetworkProfile profile = quiet();
    profile.name = "wild";
    profile.slotJitterMicros = 200'000;
    profile.skippedSlotPpm = 50'000;
    profile.abandonedSlotPpm = 50'000;
    profile.sendLatencyMinMicros = 100'000;
    profile.sendLatencyMaxMicros = 900'000;
    profile.tipLamports = 20'000;
    profile.jitoLeaderPpm = 800'000;
    profile.dropPpm = 50'000;
    profile.dropNoticeSlots = 4;
    profile.inclusionPpm = 700'000;
    profile.confirmedSlotsMin = 1;
    profile.confirmedSlotsMax = 3;
    profile.finalizedSlots = 31;
    profile.feeMarket = {60'000, 50'000, 150'000, 20'000, 1'000'000};
    profile.prices = {30'000, 200, 10'000, 1'000, 500'000};
    profile.traffic = {5'000, 500, 800'000, 600'000, 500'000, 500'000};
    return profile;
}

}  // namespace oee::test
