# Raydium CLMM. Included by CMakeLists.txt; oee_test_vectors is there where the market module is.
if(TARGET oee_test_vectors)
  oee_add_test(raydium_clmm_test SOURCES raydium_clmm_test.cpp LINK oee_test_vectors)
endif()
oee_add_test(raydium_clmm_reference_test SOURCES raydium_clmm_reference_test.cpp LINK oee_amm)
oee_add_test(raydium_clmm_bytes_test SOURCES raydium_clmm_bytes_test.cpp LINK oee_amm)
