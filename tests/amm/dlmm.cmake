# Meteora DLMM. Included by CMakeLists.txt; oee_test_vectors is there where the market module is.
if(TARGET oee_test_vectors)
  oee_add_test(dlmm_test SOURCES dlmm_test.cpp LINK oee_test_vectors)
endif()
oee_add_test(dlmm_reference_test SOURCES dlmm_reference_test.cpp LINK oee_amm)
oee_add_test(dlmm_bytes_test SOURCES dlmm_bytes_test.cpp LINK oee_amm)
oee_add_test(dlmm_rules_test SOURCES dlmm_rules_test.cpp LINK oee_amm)
