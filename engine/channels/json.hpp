// A JSON writer that appends to a string: no tree, no allocation of its own.

#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace triaged::channels {

/// Appends `text` as a JSON string with its quotes. \pre `text` is UTF-8.
void append_json_string(std::string& out, std::string_view text);

inline void append_number(std::string& out, std::integral auto number)
{
    char digits[24];
    const auto [end, failure] = std::to_chars(digits, digits + sizeof digits, number);
    out.append(digits, static_cast<std::size_t>(end - digits));
}

/// Puts commas where they belong; that opens and closes match is the caller's care.
class JsonWriter {
public:
    /// Appends to `out`, which outlives the writer.
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& open() { return punctuate('{', true); }
    JsonWriter& close() { return finish('}'); }
    JsonWriter& open_list() { return punctuate('[', true); }
    JsonWriter& close_list() { return finish(']'); }

    /// \pre `name` needs no escapes
    JsonWriter& key(std::string_view name)
    {
        punctuate('"', true);
        out_ += name;
        out_ += "\":";
        return *this;
    }

    JsonWriter& value(std::string_view text)
    {
        separate();
        append_json_string(out_, text);
        return *this;
    }
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(std::same_as<bool> auto flag) { return raw(flag ? "true" : "false"); }
    JsonWriter& value(std::integral auto number) requires(!std::same_as<decltype(number), bool>)
    {
        return number_value(number);
    }
    /// Shortest spelling that reads back the same; what is not finite becomes `null`, which JSON can say.
    JsonWriter& value(double number);

    /// JSON that is ready.
    JsonWriter& raw(std::string_view json)
    {
        separate();
        out_ += json;
        return *this;
    }

    template <class T>
    JsonWriter& field(std::string_view name, const T& of)
    {
        return key(name).value(of);
    }

private:
    void separate()
    {
        if (!first_) out_ += ',';
        first_ = false;
    }
    JsonWriter& punctuate(char c, bool first)
    {
        separate();
        out_ += c;
        first_ = first;
        return *this;
    }
    JsonWriter& finish(char c)
    {
        out_ += c;
        first_ = false;
        return *this;
    }
    JsonWriter& number_value(std::integral auto number)
    {
        separate();
        append_number(out_, number);
        return *this;
    }

    std::string& out_;
    bool first_ = true;
};

}  // namespace triaged::channels
