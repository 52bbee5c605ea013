#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace resgate::fuzz {

/// What another implementation of JSON says about a text.
class OtherJson final : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit OtherJson(const std::string& text) {
        accepts =
            nlohmann::json::sax_parse(text, static_cast<nlohmann::json_sax<nlohmann::json>*>(this));
    }

    bool accepts = false;
    /// It refuses something valid: a number beyond double, or a lone surrogate.
    bool undecided = false;
    bool repeats_keys = false;  ///< some object has a member twice
    int deepest = 0;            ///< nesting

  private:
    bool null() override { return true; }

    bool boolean(bool) override { return true; }

    bool number_integer(number_integer_t) override { return true; }

    bool number_unsigned(number_unsigned_t) override { return true; }

    bool number_float(number_float_t, const string_t&) override { return true; }

    bool string(string_t&) override { return true; }

    bool binary(binary_t&) override { return true; }

    bool key(string_t& name) override {
        repeats_keys = !open_.back().insert(name).second || repeats_keys;
        return true;
    }

    bool start_object(std::size_t) override { return enter(); }

    bool end_object() override { return leave(); }

    bool start_array(std::size_t) override { return enter(); }

    bool end_array() override { return leave(); }

    bool parse_error(std::size_t, const std::string&,
                     const nlohmann::detail::exception& error) override {
        const std::string text = error.what();
        undecided = text.find("out_of_range") != std::string::npos ||
                    text.find("surrogate") != std::string::npos;
        return false;
    }

    bool enter() {
        open_.emplace_back();
        deepest = std::max(deepest, static_cast<int>(open_.size()));
        return true;
    }

    bool leave() {
        open_.pop_back();
        return true;
    }

    std::vector<std::set<std::string>> open_;  ///< keys of the objects around; none of arrays
};

}  // namespace resgate::fuzz
