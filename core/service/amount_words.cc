#include "service/amount_words.h"

#include <algorithm>

#include "transaction/look_alikes.h"
#include "transaction/unicode.h"

namespace countersign {
namespace {

// Of the currencies and languages of the shipped templates. [a list of words is never whole; "real"
// and "cent" are names]
constexpr std::string_view kWords[] = {
    "euro",     "euros",   "dollar",  "dollars", "dollari", "dollaro", "dólar",    "dólares",
    "dolar",    "dolarów", "dolary",  "pound",   "pounds",  "pfund",   "sterling", "sterline",
    "franc",    "francs",  "franken", "franchi", "francos", "frank",   "franków",  "rappen",
    "yen",      "złoty",   "złotych", "złote",   "zloty",   "zlotych", "krone",    "kronen",
    "kroner",   "kronor",  "krona",   "reais",   "rupee",   "rupees",  "rupien",   "yuan",
    "renminbi", "rubel",   "ruble",   "rubles",  "peso",    "pesos",   "lira",     "lire",
    "евро",     "рублей",  "ευρώ",    "円",      "ユーロ",  "ドル",    "元",       "يورو",
    "دولار",    "جنيه",
};

struct Token {
  enum class Kind : std::uint8_t { number, word, other };
  Kind kind = Kind::other;
  bool has_separator = false;  // of a number
  std::string text;
};

bool is_separator(char32_t c) {
  return c == '.' || c == ',' || c == '\'' || c == U'\u2019' || c == U'\u066b' || c == U'\u066c';
}

bool is_digit(char32_t c) { return properties_of(c).is_digit; }

// Punctuation belongs to no script.
bool is_in_word(char32_t c) {
  const CharacterProperties properties = properties_of(c);
  return !properties.is_digit && c != ' ' && !is_separator(c) &&
         (properties.script_set != 0 || properties.is_mark || c == U'\u30fc');
}

// Numbers take separators and single spaces in between; spaces are no tokens.
std::vector<Token> tokens_of(const std::vector<CharacterAt>& name) {
  std::vector<Token> tokens;
  const auto at = [&](std::size_t i) { return i < name.size() ? name[i].code_point : U'\0'; };
  for (std::size_t i = 0; i < name.size();) {
    Token token;
    if (is_digit(at(i))) {
      token.kind = Token::Kind::number;
      while (is_digit(at(i)) || ((is_separator(at(i)) || at(i) == ' ') && is_digit(at(i + 1)))) {
        token.has_separator = token.has_separator || !is_digit(at(i));
        ++i;
      }
    } else if (is_in_word(at(i))) {
      token.kind = Token::Kind::word;
      for (; is_in_word(at(i)); ++i) {
        append_utf8(token.text, at(i));
      }
    } else if (at(i++) == ' ') {
      continue;
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

bool is_currency(const Token& token) {
  const std::string reading = reading_of(token.text);
  return token.kind == Token::Kind::word &&
         std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return reading_of(word) == reading; });
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
  const auto parts =
      static_cast<std::size_t>(std::count_if(tokens.begin(), tokens.end(), [](const Token& token) {
        return token.kind != Token::Kind::other;
      }));
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    const bool is_before = tokens[i - 1].kind == Token::Kind::number;
    const Token& number = tokens[is_before ? i - 1 : i];
    const bool is_amount = number.kind == Token::Kind::number &&
                           (number.has_separator || parts == 2) &&
                           is_currency(tokens[is_before ? i : i - 1]);
    if (is_amount) {
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
