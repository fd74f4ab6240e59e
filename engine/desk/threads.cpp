#include "engine/desk/threads.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace triaged::desk {

namespace {

/// References of one mail that are looked up; those closest to it come first.
constexpr std::size_t references_max = 32;

bool is_digit(char c) { return '0' <= c && c <= '9'; }
bool is_letter(char c) { return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z'); }

/// A number as dialled anywhere: digits alone, `+` and `00` alike left out.
std::string dialled(std::string_view number)
{
    std::string digits;
    for (const char c : number)
        if (is_digit(c)) digits += c;
    if (number.starts_with("00")) digits.erase(0, 2);
    return digits;
}

std::optional<std::string> value_of(const Contact& contact, std::string_view fact)
{
    if (fact == "customer.id") {
        if (contact.customer.value.empty()) return std::nullopt;
        return contact.customer.value;
    }
    const auto value = contact.facts.find(fact);
    if (!value) return std::nullopt;
    auto text = to_string(*value);
    if (fact == "phone.number") text = dialled(text);
    if (text.empty()) return std::nullopt;
    return text;
}

std::optional<ThreadKey> key_of(const ThreadKeyPolicy& policy, const Contact& contact)
{
    ThreadKey key{policy.name, {}};
    for (const auto& fact : policy.facts) {
        const auto value = value_of(contact, fact);
        if (!value) return std::nullopt;
        if (!key.value.empty()) key.value += '\x1f';  // in no name, so that "a", "bc" is not "ab", "c"
        key.value += *value;
    }
    return key;
}

std::string_view text_of(const std::optional<FactValue>& value)
{
    const auto* const text = value ? std::get_if<std::string_view>(&*value) : nullptr;
    return text == nullptr ? std::string_view() : *text;
}

}  // namespace

const Threads::Entry* Threads::find(const ThreadKey& key) const
{
    const auto hashed = receipt_key(key.name, key.value);
    const auto& entries = entries_.part(hashed.high);
    const auto found = entries.find(hashed);
    return found == entries.end() ? nullptr : &*found;
}

void Threads::note(const ThreadKey& key, TicketId ticket, Instant at)
{
    add({receipt_key(key.name, key.value), ticket, at});
}

void Threads::add(const Entry& entry)
{
    auto& entries = entries_.part(entry.key.high);
    if (const auto [known, added] = entries.insert(entry); !added) {
        entries.erase(known);
        entries.insert(entry);
    }
    auto& keys = keys_[entry.ticket];
    if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) keys.push_back(entry.key);
}

void Threads::forget(TicketId ticket)
{
    const auto keys = keys_.find(ticket);
    if (keys == keys_.end()) return;
    for (const auto& key : keys->second) {
        auto& entries = entries_.part(key.high);
        const auto entry = entries.find(key);
        if (entry != entries.end() && entry->ticket == ticket) entries.erase(entry);
    }
    keys_.erase(keys);
}

std::size_t Threads::size() const
{
    std::size_t size = 0;
    for (const auto& entries : entries_.parts()) size += entries.size();
    return size;
}

std::vector<Threads::Entry> Threads::sorted() const
{
    std::vector<Entry> sorted;
    sorted.reserve(size());
    for (const auto& entries : entries_.parts()) sorted.insert(sorted.end(), entries.begin(), entries.end());
    const auto order = [](const Entry& entry) { return std::tie(entry.key.high, entry.key.low); };
    std::sort(sorted.begin(), sorted.end(),
              [&](const Entry& a, const Entry& b) { return order(a) < order(b); });
    return sorted;
}

std::vector<ThreadKey> thread_keys(const ThreadPolicy& policy, const Contact& contact)
{
    std::vector<ThreadKey> keys;
    if (contact.facts.empty() && policy.keys.empty()) return keys;
    const auto id = text_of(contact.facts.find("mail.message_id"));
    if (!id.empty()) keys.push_back({std::string(mail_key), std::string(id)});
    for (const auto& key : policy.keys)
        if (auto known = key_of(key, contact)) keys.push_back(std::move(*known));
    return keys;
}

std::vector<ThreadKey> mail_references(const Contact& contact)
{
    std::vector<ThreadKey> keys;
    if (contact.facts.empty()) return keys;
    const auto add = [&](std::string_view id) {
        if (!id.empty() && keys.size() < references_max)
            keys.push_back({std::string(mail_key), std::string(id)});
    };
    add(text_of(contact.facts.find("mail.in_reply_to")));
    auto rest = text_of(contact.facts.find("mail.references"));
    while (!rest.empty()) {
        const auto space = rest.find_last_of(" \t\r\n");
        add(space == std::string_view::npos ? rest : rest.substr(space + 1));
        rest = rest.substr(0, space == std::string_view::npos ? 0 : space);
    }
    return keys;
}

std::vector<TicketId> ticket_numbers(std::string_view text)
{
    std::vector<TicketId> numbers;
    for (auto at = text.find("T-"); at != std::string_view::npos; at = text.find("T-", at + 2)) {
        const bool inside_word =
            at > 0 && (is_letter(text[at - 1]) || is_digit(text[at - 1]) || text[at - 1] == '-');
        auto end = at + 2;
        while (end < text.size() && is_digit(text[end])) ++end;
        const bool goes_on = end < text.size() && (is_letter(text[end]) || text[end] == '-');
        if (inside_word || goes_on) continue;
        if (const auto id = parse_ticket_id(text.substr(at, end - at))) numbers.push_back(*id);
    }
    return numbers;
}

}  // namespace triaged::desk
