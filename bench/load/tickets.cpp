#include "bench/load/tickets.hpp"

#include <charconv>
#include <fstream>
#include <stdexcept>

#include <boost/json.hpp>

namespace triaged::load {

namespace json = boost::json;

namespace {

constexpr std::size_t ref_bytes = 24;          // `load-…-…`, roughly
constexpr std::string_view own = "<its own>";  // in no text of a customer: stands where the ref is to come

std::vector<json::object> read(const std::vector<std::string>& files)
{
    std::vector<json::object> tickets;
    for (const auto& file : files) {
        auto in = std::ifstream(file);
        if (!in) throw std::runtime_error("cannot read " + file);
        std::string line;
        for (int number = 1; std::getline(in, line); ++number) {
            if (line.empty()) continue;
            boost::system::error_code failure;
            auto value = json::parse(line, failure);
            if (failure || !value.is_object())
                throw std::runtime_error(file + ":" + std::to_string(number) + ": not a JSON object");
            value.as_object().erase("ref");
            tickets.push_back(std::move(value.as_object()));
        }
    }
    if (tickets.empty()) throw std::runtime_error("no tickets in the files given");
    return tickets;
}

std::string text_of(const json::object& ticket)
{
    const auto* const body = ticket.if_contains("body");
    return body != nullptr && body->is_string() ? std::string(body->as_string()) : std::string();
}

/// Cuts `text` to at most `bytes`, between two UTF-8 characters.
void cut(std::string& text, std::size_t bytes)
{
    if (text.size() <= bytes) return;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0U) == 0x80U) --bytes;
    text.resize(bytes);
}

}  // namespace

Tickets::Tickets(const std::vector<std::string>& files, std::size_t bytes)
{
    const auto tickets = read(files);
    for (std::size_t i = 0; i < tickets.size(); ++i) {
        auto ticket = tickets[i];
        auto body = text_of(ticket);
        for (std::size_t next = i + 1; body.size() < bytes; ++next)
            body += "\n" + text_of(tickets[next % tickets.size()]);
        ticket["body"] = "";
        auto* const order = ticket.if_contains("order");
        const bool ordered = order != nullptr && order->is_object() && order->as_object().contains("id");
        if (ordered) order->as_object()["id"] = own;
        const auto frame = std::string_view(R"({"ref":"",)").size() + ref_bytes * (ordered ? 2 : 1) +
                           json::serialize(ticket).size() - (ordered ? own.size() : 0);
        cut(body, bytes > frame ? bytes - frame : 0);
        ticket["body"] = body;
        const auto rest = "\"," + json::serialize(ticket).substr(1);
        const auto gap = ordered ? rest.rfind(own) : std::string::npos;
        if (gap == std::string::npos)
            frames_.push_back({rest, {}});
        else
            frames_.push_back({rest.substr(0, gap), rest.substr(gap + own.size())});
    }
}

void Tickets::append(std::string& out, const std::string& run, std::uint64_t n) const
{
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
    const auto put_ref = [&] {
        out += run;
        out += '-';
        out.append(digits, end);
    };
    const auto& [before, after] = frames_[n % frames_.size()];
    out += R"({"ref":")";
    put_ref();
    out += before;
    if (after.empty()) return;
    put_ref();
    out += after;
}

}  // namespace triaged::load
