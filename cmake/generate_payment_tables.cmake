# cmake -DFOLDER=core/transaction/data -DCURRENCIES=…/currency_table.inc -DIBANS=…/iban_table.inc -P generate_payment_tables.cmake
# Currencies: one string for each number of decimals, three letters a code. IBANs: three characters a country, its two
# letters and that of the length (A is 15), which is a small one where its IBANs have digits alone.
cmake_minimum_required(VERSION 3.24)

# The edition of a file and its rows, as lists. A row that is none of the expected ones stops the build.
function(read_table name pattern edition rows)
  file(READ ${FOLDER}/${name}.tsv text)
  string(REGEX REPLACE "(^|\n)#[^\n]*" "" text "${text}")
  string(REGEX MATCHALL "[^\n]+" lines "${text}")
  list(POP_FRONT lines first)
  if(NOT first MATCHES "^edition\t([A-Za-z0-9 ,.-]+)$")
    message(FATAL_ERROR "${name}.tsv does not begin with its edition")
  endif()
  set(${edition} "${CMAKE_MATCH_1}" PARENT_SCOPE)
  foreach(line IN LISTS lines)
    if(NOT line MATCHES "${pattern}")
      message(FATAL_ERROR "${name}.tsv: ${line}")
    endif()
  endforeach()
  set(${rows} "${lines}" PARENT_SCOPE)
endfunction()

read_table(currencies "^[A-Z][A-Z][A-Z]\t[-0234]\t[^\t]+(\twithdrawn)?$" edition rows)
set(codes0 "")
set(codes2 "")
set(codes3 "")
set(codes4 "")
set(withdrawn0 "")
set(withdrawn2 "")
foreach(row IN LISTS rows)
  string(SUBSTRING "${row}" 0 3 code)
  string(SUBSTRING "${row}" 4 1 decimals)
  if(NOT row MATCHES "\twithdrawn$")
    string(APPEND codes${decimals} ${code})
  elseif(decimals MATCHES "[02]")
    string(APPEND withdrawn${decimals} ${code})
  else()
    message(FATAL_ERROR "currencies.tsv: no list for withdrawn currencies with ${decimals} decimals")
  endif()
endforeach()
file(WRITE ${CURRENCIES} "// Generated from core/transaction/data/currencies.tsv.
constexpr std::string_view kCurrencyEdition = \"${edition}\";
constexpr std::string_view kNoDecimals = \"${codes0}\";
constexpr std::string_view kTwoDecimals = \"${codes2}\";
constexpr std::string_view kThreeDecimals = \"${codes3}\";
constexpr std::string_view kFourDecimals = \"${codes4}\";
constexpr std::string_view kWithdrawnNoDecimals = \"${withdrawn0}\";
constexpr std::string_view kWithdrawnTwoDecimals = \"${withdrawn2}\";
")

read_table(ibans "^[A-Z][A-Z]\t[0-9][0-9]\t([0-9]+![nac])+\t[^\t]+$" edition rows)
set(countries "")
set(kShortest 15)
foreach(row IN LISTS rows)
  string(REGEX MATCH "^([A-Z][A-Z])\t([0-9][0-9])\t([^\t]+)" unused "${row}")
  set(country ${CMAKE_MATCH_1})
  set(length ${CMAKE_MATCH_2})
  set(structure ${CMAKE_MATCH_3})
  # The registry states the length twice: behind the country and the check digits is the sum of the parts.
  string(REGEX MATCHALL "[0-9]+" parts "${structure}")
  list(JOIN parts "+" sum)
  math(EXPR sum "4+${sum}")
  if(NOT sum EQUAL length OR length LESS kShortest)
    message(FATAL_ERROR "ibans.tsv: the structure of ${country} is not as long as its IBANs")
  endif()
  set(letters "ABCDEFGHIJKLMNOPQRST")
  if(NOT structure MATCHES "[ac]")
    string(TOLOWER ${letters} letters)
  endif()
  math(EXPR at "${length}-${kShortest}")
  string(SUBSTRING ${letters} ${at} 1 letter)
  string(APPEND countries ${country}${letter})
endforeach()
file(WRITE ${IBANS} "// Generated from core/transaction/data/ibans.tsv.
constexpr std::string_view kIbanEdition = \"${edition}\";
constexpr std::uint8_t kShortest = ${kShortest};
constexpr std::string_view kCountries = \"${countries}\";
")
