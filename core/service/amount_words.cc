#include "service/amount_words.h"

#include <algorithm>

#include "transaction/look_alikes.h"
#include "transaction/unicode.h"

namespace countersign {
namespace {

// Of the currencies and languages of the shipped templates. [a list of words is never whole;
// "real", "cent", "frank", "lire", "sterling" and "yuan" are names of people and shops]
constexpr std::string_view kWords[] = {
    "euro",    "euros",   "dollar",  "dollars", "dollari", "dollaro",  "dólar",    "dólares",
    "dolar",   "dolarów", "dolary",  "pound",   "pounds",  "pfund",    "sterline", "franc",
    "francs",  "franchi", "francos", "franken", "franków", "rappen",   "yen",      "złoty",
    "złotych", "złote",   "zloty",   "zlotych", "krone",   "kronen",   "kroner",   "kronor",
    "krona",   "reais",   "rupee",   "rupees",  "rupien",  "renminbi", "rubel",    "ruble",
    "rubles",  "peso",    "pesos",   "lira",    "евро",    "рублей",   "ευρώ",     "円",
    "ユーロ",  "ドル",    "元",      "يورو",    "دولار",   "جنيه",
};

struct Token {
  std::vector<std::size_t> groups;  // of a number: how many digits between separators
  std::string word;                 // of none, or of a number before its first separator
};

bool is_separator(char32_t c) {
  return c == '.' || c == ',' || c == '\'' || c == U'\u2019' || c == U'\u066b' || c == U'\u066c';
}

bool is_digit(char32_t c) { return properties_of(c).is_digit; }

// "250,-"
bool is_dash(char32_t c) { return c == '-' || c == U'\u2013' || c == U'\u2014' || c == U'\u2212'; }

// Punctuation belongs to no script.
bool is_in_word(char32_t c) {
  const CharacterProperties properties = properties_of(c);
  return !properties.is_digit && c != ' ' && !is_separator(c) &&
         (properties.script_set != 0 || properties.is_mark || c == U'\u30fc');
}

// Numbers and words, without what stands in between. Numbers take separators; a space only before a
// group of three digits, where no other separator was before.
std::vector<Token> tokens_of(const std::vector<CharacterAt>& name) {
  std::vector<Token> tokens;
  const auto at = [&](std::size_t i) { return i < name.size() ? name[i].code_point : U'\0'; };
  const auto digits_from = [&](std::size_t i) {
    const std::size_t begin = i;
    while (is_digit(at(i))) {
      ++i;
    }
    return i - begin;
  };
  for (std::size_t i = 0; i < name.size();) {
    Token token;
    if (is_digit(at(i))) {
      token.groups.push_back(digits_from(i));
      for (const std::size_t end = i + token.groups.back(); i < end; ++i) {
        append_utf8(token.word, at(i));
      }
      for (bool takes_space = token.groups.back() <= 3;;) {
        const std::size_t next = digits_from(i + 1);
        const bool is_space = at(i) == ' ' && takes_space && next == 3;
        if (next == 0 || (!is_space && !is_separator(at(i)))) {
          break;
        }
        takes_space = is_space;
        token.groups.push_back(next);
        i += 1 + next;
      }
      if ((at(i) == '.' || at(i) == ',') && is_dash(at(i + 1))) {
        token.groups.push_back(2);
        i += 2;
      }
    } else if (is_in_word(at(i))) {
      for (; is_in_word(at(i)); ++i) {
        append_utf8(token.word, at(i));
      }
    } else {
      ++i;
      continue;
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

bool is_currency(const Token& token) {
  const std::string reading = reading_of(token.word);
  return token.groups.empty() &&
         std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return reading_of(word) == reading; });
}

// With two decimals (or a dash for them), or with groups: the last of three digits, those before
// also of two (lakhs). Neither "95.8" is nor "12.05.1980".
bool is_written_as_amount(const std::vector<std::size_t>& groups) {
  if (groups.size() == 2 && groups[1] == 2) {
    return true;
  }
  const std::size_t whole =
      groups.empty() || groups.back() >= 3 ? groups.size() : groups.size() - 1;
  return whole >= 2 && groups[0] <= 3 && groups[whole - 1] == 3 &&
         std::all_of(groups.begin() + 1, groups.begin() + static_cast<std::ptrdiff_t>(whole),
                     [](std::size_t digits) { return digits == 2 || digits == 3; });
}

// "Krone 24", "Euro 2000"
bool is_house_or_year(const Token& number) {
  const std::string& digits = number.word;
  return number.groups.size() == 1 &&
         (number.groups[0] <= 2 ||
          (digits.size() == 4 &&
           (digits.starts_with("18") || digits.starts_with("19") || digits.starts_with("20"))));
}

bool says_amount(std::string_view name) {
  const Result<std::vector<CharacterAt>> characters = decode_utf8(name);
  const bool has_digit =
      characters && std::any_of(characters->begin(), characters->end(),
                                [](const CharacterAt& c) { return is_digit(c.code_point); });
  if (!has_digit) {
    return false;  // what most names are
  }
  const std::vector<Token> tokens = tokens_of(*characters);
  const auto words = std::count_if(tokens.begin(), tokens.end(),
                                   [](const Token& token) { return token.groups.empty(); });
  if (words == 1 && is_currency(tokens.back())) {
    return true;
  }
  if (words == 1 && tokens.size() == 2 && is_currency(tokens[0]) && tokens[1].groups.size() == 1) {
    return !is_house_or_year(tokens[1]);
  }
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    const bool is_before = is_written_as_amount(tokens[i - 1].groups) && is_currency(tokens[i]);
    const bool is_behind = is_currency(tokens[i - 1]) && is_written_as_amount(tokens[i].groups);
    if (is_before || is_behind) {
      return true;
    }
  }
  return false;
}

std::optional<IntentProblem> find_in(const std::vector<Field>& fields, const CanonicalValue& values,
                                     const std::string& prefix) {
  for (const Field& field : fields) {
    const CanonicalValue* value = values.find(field.name);
    if (value == nullptr) {
      continue;
    }
    const bool is_name = field.type == FieldType::text && field.role == FieldRole::payee &&
                         field.text_kind == TextKind::name;
    if (is_name && says_amount(value->text)) {
      const Result<std::vector<CharacterAt>> characters = decode_utf8(value->text);
      return IntentProblem{Error{ErrorCode::text_character_forbidden}, prefix + field.name,
                           characters->front().code_point};
    }
    for (std::size_t i = 0; field.type == FieldType::list && i < value->items.size(); ++i) {
      if (std::optional<IntentProblem> found =
              find_in(field.fields, value->items[i],
                      prefix + field.name + "[" + std::to_string(i) + "].")) {
        return found;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<IntentProblem> find_amount_in_words(const Template& source,
                                                  const CanonicalValue& frozen) {
  return find_in(source.fields, *frozen.find("fields"), "");
}

}  // namespace countersign
