#include "bench/load/tickets.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <stdexcept>

#include <boost/json.hpp>

namespace triaged::load {

namespace json = boost::json;

namespace {

// In no text of a customer: they stand where what is a ticket's own is to come.
constexpr std::string_view own_ref = "<ref>";
constexpr std::string_view own_round = "<round>";
constexpr std::size_t own_bytes = 24;  // of either, roughly

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

json::object* object_in(json::object& ticket, std::string_view name)
{
    auto* const value = ticket.if_contains(name);
    return value != nullptr && value->is_object() ? &value->as_object() : nullptr;
}

/// Marks what is to be the ticket's own: its order, and its customer's id as of a round.
void mark_own(json::object& ticket)
{
    auto* const order = object_in(ticket, "order");
    if (order != nullptr && order->contains("id")) (*order)["id"] = own_ref;
    auto* const customer = object_in(ticket, "customer");
    auto* const id = customer == nullptr ? nullptr : customer->if_contains("id");
    if (id != nullptr && id->is_string()) id->as_string() += own_round;
}

}  // namespace

Tickets::Frame Tickets::frame_of(const json::object& ticket)
{
    Frame frame;
    auto text = R"({"ref":")" + std::string(own_ref) + "\"," + json::serialize(ticket).substr(1);
    for (;;) {
        const auto ref = text.find(own_ref), round = text.find(own_round);
        if (ref == round) break;  // neither is left
        const auto at = std::min(ref, round);
        frame.parts.push_back({text.substr(0, at), at == round});
        text.erase(0, at + (at == round ? own_round : own_ref).size());
    }
    frame.tail = std::move(text);
    return frame;
}

std::size_t Tickets::Frame::bytes() const
{
    std::size_t sum = tail.size();
    for (const auto& part : parts) sum += part.text.size() + own_bytes;
    return sum;
}

Tickets::Tickets(const std::vector<std::string>& files, std::size_t bytes)
{
    const auto tickets = read(files);
    for (std::size_t i = 0; i < tickets.size(); ++i) {
        auto ticket = tickets[i];
        auto body = text_of(ticket);
        for (std::size_t next = i + 1; body.size() < bytes; ++next)
            body += "\n" + text_of(tickets[next % tickets.size()]);
        mark_own(ticket);
        ticket["body"] = "";
        const auto frame = frame_of(ticket).bytes();
        cut(body, bytes > frame ? bytes - frame : 0);
        ticket["body"] = body;
        frames_.push_back(frame_of(ticket));
    }
}

void Tickets::append(std::string& out, const std::string& run, std::uint64_t n) const
{
    const auto put_own = [&](std::uint64_t number) {
        char digits[24];
        const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
        out += run;
        out += '-';
        out.append(digits, end);
    };
    const auto& frame = frames_[n % frames_.size()];
    for (const auto& [text, of_round] : frame.parts) {
        out += text;
        put_own(of_round ? n / frames_.size() : n);
    }
    out += frame.tail;
}

}  // namespace triaged::load
