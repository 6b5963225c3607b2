# Meteora DAMM v2. Included by CMakeLists.txt; oee_test_vectors is there where the market module is.
if(TARGET oee_test_vectors)
  oee_add_test(damm_v2_test SOURCES damm_v2_test.cpp LINK oee_test_vectors)
endif()
oee_add_test(damm_v2_bytes_test SOURCES damm_v2_bytes_test.cpp LINK oee_amm)
