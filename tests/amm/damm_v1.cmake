# Meteora DAMM v1. Included by CMakeLists.txt; oee_test_vectors is there where the market module is.
if(TARGET oee_test_vectors)
  oee_add_test(damm_v1_test SOURCES damm_v1_test.cpp LINK oee_test_vectors)
endif()
oee_add_test(damm_v1_bytes_test SOURCES damm_v1_bytes_test.cpp LINK oee_amm)
oee_add_test(damm_v1_reference_test SOURCES damm_v1_reference_test.cpp LINK oee_amm)
oee_add_test(damm_v1_rules_test SOURCES damm_v1_rules_test.cpp LINK oee_amm)
