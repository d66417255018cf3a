# cmake -DFOLDER=core/transaction -DOUT=…/transaction_files.inc -P generate_transaction_files.cmake
# One CS_TEMPLATE(text) for each file of templates/, one CS_LOCALE(text) for each of locales/, in the order of their names.
# A raw string literal may have at most 65,535 bytes in some compilers, so a file is cut into lines.
cmake_minimum_required(VERSION 3.24)
set(out "// Generated from core/transaction/templates and core/transaction/locales.\n")
foreach(kind TEMPLATE LOCALE)
  string(TOLOWER ${kind}s folder)
  file(GLOB files ${FOLDER}/${folder}/*.json)
  list(SORT files)
  foreach(file IN LISTS files)
    file(READ ${file} text)
    string(REPLACE "\n" ")~\"\nR\"~(" text "${text}")
    string(APPEND out "CS_${kind}(R\"~(${text})~\")\n")
  endforeach()
endforeach()
file(WRITE ${OUT} "${out}")
