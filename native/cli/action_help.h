#pragma once
// Of the help of a command that has several actions, what one of them is about.

#include <string>
#include <string_view>

namespace countersign::cli {

/// "countersign policy lint FILE...": the line of the help's `Usage:`; empty for what is no action.
std::string action_usage(std::string_view help, std::string_view action);

/// Usage, what the action does, and the options that name it. Empty for what is no action.
std::string action_help(std::string_view help, std::string_view action);

}  // namespace countersign::cli
