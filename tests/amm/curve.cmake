# The curves that routing sees. Included by CMakeLists.txt; the market module reads dumps.
if(TARGET oee_market)
  oee_add_test(curve_test SOURCES curve_test.cpp LINK oee_amm oee_market)
endif()
oee_add_test(curve_hull_test SOURCES curve_hull_test.cpp LINK oee_amm)
