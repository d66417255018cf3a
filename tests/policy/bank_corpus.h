#pragma once
// A bank's policy of any size: products, amounts, segments, channels and risk, as they grow over
// the years. Deterministic.

#include <string>

#include "tests/policy/policies.h"

namespace countersign::testing {

inline Json bank_rule(std::size_t i) {
  const std::string id = "rule-" + std::to_string(i);
  const std::vector<std::string> types = {"payment.credit-transfer/1", "payment.batch/1",
                                          "payment.standing-order/1", "payment.card/1"};
  const std::vector<std::string> segments = {"retail", "private", "young", "staff"};
  const std::vector<std::string> others = {"register",          "authenticate", "credential.add",
                                           "credential.remove", "limit.change", "beneficiary.add"};
  const int step = static_cast<int>(i);
  if (i % 3 == 0) {  // not a payment
    return {
        {"id", id},
        {"when",
         {{"all",
           {{{"ceremony", others[i / 3 % others.size()]}},
            {{"user.segment", segments[i % segments.size()]}},
            {{"risk.score", {{"gte", 10 + step % 60}}}}}}}},
        {"require",
         {{"userVerification", i % 2 == 0 ? "required" : "preferred"}, {"displayTier", step % 4}}}};
  }
  Json parts = {{{"ceremony", "transaction.approve"}},
                {{"transaction.type", types[i % types.size()]}}};
  if (i % 10 == 1) {
    parts.push_back({{"risk.score", {{"gte", 80 + step % 20}}}});
    parts.push_back({{"channel", i % 4 == 1 ? "web" : "mobile"}});
    return {{"id", id}, {"when", {{"all", parts}}}, {"deny", {{"reason", "risk"}}}};
  }
  if (i % 10 == 2) {
    parts.push_back({{"amount.base", {{"lte", 1000 + 10 * (step % 200)}}}});
    parts.push_back({{"sinceSca.sum", {{"lte", 10000}}}});
    parts.push_back({{"risk.score", {{"lt", 10}}}});
    parts.push_back({{"user.segment", segments[i / 10 % segments.size()]}});
    return {{"id", id}, {"when", {{"all", parts}}}, {"exempt", {{"basis", "rts.article-16"}}}};
  }
  parts.push_back({{"amount.base", {{"gt", 3000 + 2500 * step}}}});
  if (i % 4 == 0) {
    parts.push_back({{"payee.known", false}});
  }
  if (i % 5 == 0) {
    parts.push_back({{"user.roles", {{"contains", "treasurer"}}}});
  }
  return {{"id", id},
          {"when", {{"all", parts}}},
          {"require",
           {{"userVerification", "required"},
            {"displayTier", 1 + step % 3},
            {"coolingOff", "PT" + std::to_string(1 + step % 48) + "H"}}}};
}

inline Json bank_policy(std::size_t rules) {
  Json list = Json::array();
  for (std::size_t i = 0; i < rules; ++i) {
    list.push_back(bank_rule(i));
  }
  return policy_of(list);
}

/// Every rule asks about every input, so that no two boxes are alike.
inline Json worst_policy(std::size_t rules) {
  Json list = Json::array();
  for (std::size_t i = 0; i < rules; ++i) {
    Json parts = Json::array();
    for (std::size_t k = 0; k < 12; ++k) {
      const std::string role = "r" + std::to_string((i * 7 + k * 5) % 60);
      parts.push_back({{"all",
                        {{{"user.roles", {{"contains", role}}}},
                         {{"risk.signals", {{"contains", "s" + role}}}}}}});
    }
    list.push_back({{"id", "w" + std::to_string(i)},
                    {"when", {{i % 2 == 0 ? "any" : "all", parts}}},
                    {"require", {{"displayTier", static_cast<int>(i % 4)}}}});
  }
  return policy_of(list);
}

/// A payment that many of its rules look at.
inline Json bank_payment() {
  return {{"ceremony", "transaction.approve"},
          {"transaction.type", "payment.credit-transfer/1"},
          {"amount.base", 250000},
          {"payee.known", false},
          {"user.roles", {"treasurer"}},
          {"user.segment", "private"},
          {"channel", "web"},
          {"risk.score", 20},
          {"sinceSca.sum", 0}};
}

}  // namespace countersign::testing
