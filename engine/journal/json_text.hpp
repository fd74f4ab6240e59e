// JSON written straight into a string: lists and small objects for columns of the read model.

#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace triaged::journal {

/// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

/// Opens with a bracket, separates what is added by commas, closes in `close`.
class JsonText {
public:
    explicit JsonText(std::string& out) : out_(out) {}

    void open(char bracket)
    {
        separate();
        out_ += bracket;
        first_ = true;
    }
    void close(char bracket)
    {
        out_ += bracket;
        first_ = false;
    }
    void key(std::string_view name)
    {
        value(name);
        out_ += ':';
        first_ = true;
    }
    void value(std::string_view text)
    {
        separate();
        append_json_string(out_, text);
    }
    template <std::integral Number>
    void value(Number number)
    {
        literal(std::to_string(number));
    }
    /// Text that is JSON already.
    void literal(std::string_view json)
    {
        separate();
        out_ += json;
    }

private:
    void separate()
    {
        if (!first_) out_ += ',';
        first_ = false;
    }

    std::string& out_;
    bool first_ = true;
};

}  // namespace triaged::journal
