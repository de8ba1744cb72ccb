# AE_UMAP_INCLUDE: folder of the headers of umappp and the libraries that it needs, as the PyPI package
# assorthead has them; scripts/setup.sh installs it into .venv. Without, programs are built without
# UMAP.
if(AE_UMAP_INCLUDE AND NOT EXISTS ${AE_UMAP_INCLUDE}/umappp/umappp.hpp)
  unset(AE_UMAP_INCLUDE CACHE)
endif()
file(GLOB folders ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/assorthead/include)
find_path(AE_UMAP_INCLUDE umappp/umappp.hpp PATHS ${folders} NO_DEFAULT_PATH)
if(AE_UMAP_INCLUDE)
  message(STATUS "UMAP: ${AE_UMAP_INCLUDE}")
else()
  message(STATUS "UMAP: none; scripts/setup.sh installs its headers")
endif()
