#include "engine/model/facts.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

namespace triaged {

namespace {

static_assert(std::endian::native == std::endian::little, "packed facts are little endian");

enum Kind : char { kind_bool = 0, kind_number = 1, kind_string = 2 };

std::string_view name_at(const char* at) { return {at + 1, static_cast<unsigned char>(*at)}; }

/// Bytes that the fact at `at` takes; \pre it is well formed.
std::size_t size_at(const char* at)
{
    const std::size_t head = 2 + static_cast<unsigned char>(*at);
    const char* const payload = at + head;
    switch (payload[-1]) {
        case kind_bool:
            return head + 1;
        case kind_number:
            return head + sizeof(double);
        default: {
            std::uint32_t size = 0;
            std::memcpy(&size, payload, sizeof size);
            return head + sizeof size + size;
        }
    }
}

/// The value of the fact at `at`.
FactValue value_at(const char* at)
{
    const char* const payload = at + 2 + static_cast<unsigned char>(*at);
    switch (payload[-1]) {
        case kind_bool:
            return *payload != 0;
        case kind_number: {
            double number = 0;
            std::memcpy(&number, payload, sizeof number);
            return number;
        }
        default: {
            std::uint32_t size = 0;
            std::memcpy(&size, payload, sizeof size);
            return std::string_view(payload + sizeof size, size);
        }
    }
}

std::size_t payload_size(const FactValue& value)
{
    if (std::holds_alternative<bool>(value)) return 1;
    if (std::holds_alternative<double>(value)) return sizeof(double);
    return sizeof(std::uint32_t) + std::get<std::string_view>(value).size();
}

/// Writes a whole fact where there is room for it.
void write_fact(char* at, std::string_view name, const FactValue& value)
{
    *at++ = static_cast<char>(name.size());
    at = std::copy(name.begin(), name.end(), at);
    if (const bool* const flag = std::get_if<bool>(&value)) {
        *at++ = kind_bool;
        *at = *flag ? 1 : 0;
    } else if (const double* const number = std::get_if<double>(&value)) {
        *at++ = kind_number;
        std::memcpy(at, number, sizeof *number);
    } else {
        const auto text = std::get<std::string_view>(value);
        const auto size = static_cast<std::uint32_t>(text.size());
        *at++ = kind_string;
        std::memcpy(at, &size, sizeof size);
        std::copy(text.begin(), text.end(), at + sizeof size);
    }
}

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[b.size()];
}

}  // namespace

std::string to_string(const FactValue& value)
{
    if (const bool* const flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const double* const number = std::get_if<double>(&value)) return fmt::format("{}", *number);
    return std::string(std::get<std::string_view>(value));
}

FactSet::Fact FactSet::Iterator::operator*() const { return {name_at(at_), value_at(at_)}; }

FactSet::Iterator& FactSet::Iterator::operator++()
{
    at_ += size_at(at_);
    return *this;
}

void FactSet::set(std::string_view name, FactValue value)
{
    check(!name.empty() && name.size() <= 255, "a fact's name has 1 to 255 bytes");
    std::size_t at = 0;
    bool same = false;
    for (; at < packed_.size(); at += size_at(&packed_[at])) {
        const int order = name_at(&packed_[at]).compare(name);
        same = order == 0;
        if (order >= 0) break;
    }
    packed_.replace(at, same ? size_at(&packed_[at]) : 0, 2 + name.size() + payload_size(value), '\0');
    write_fact(&packed_[at], name, value);
}

void FactSet::erase(std::string_view name)
{
    for (std::size_t at = 0; at < packed_.size(); at += size_at(&packed_[at])) {
        if (name_at(&packed_[at]) != name) continue;
        packed_.erase(at, size_at(&packed_[at]));
        return;
    }
}

void FactSet::merge(const FactSet& newer)
{
    if (packed_.empty()) {
        packed_ = newer.packed_;
        return;
    }
    for (const auto& [name, value] : newer) set(name, value);
}

std::optional<FactValue> FactSet::find(std::string_view name) const
{
    const char* const end = packed_.data() + packed_.size();
    for (const char* at = packed_.data(); at != end; at += size_at(at))
        if (name_at(at) == name) return value_at(at);
    return std::nullopt;
}

Result<FactSet> FactSet::from_bytes(std::string_view bytes)
{
    const auto wrong = [](std::string_view why) {
        return fail(ErrorCode::bad_value, "packed facts: " + std::string(why));
    };
    std::string_view before;
    for (auto rest = bytes; !rest.empty();) {
        const std::size_t head = 2 + static_cast<unsigned char>(rest[0]);
        if (head == 2) return wrong("empty name");
        if (rest.size() < head) return wrong("cut short in a name");
        const auto name = rest.substr(1, head - 2);
        if (name <= before) return wrong("names are not in order");
        before = name;
        std::size_t size = head + 1;
        if (const char kind = rest[head - 1]; kind == kind_number) {
            size = head + sizeof(double);
        } else if (kind == kind_string) {
            if (rest.size() < head + sizeof(std::uint32_t)) return wrong("cut short in a size");
            size = size_at(rest.data());
        } else if (kind != kind_bool) {
            return wrong("unknown kind of value");
        }
        if (rest.size() < size) return wrong("cut short in a value");
        rest.remove_prefix(size);
    }
    FactSet facts;
    facts.packed_ = bytes;
    return facts;
}

std::string_view to_string(FactType type)
{
    switch (type) {
        case FactType::boolean:
            return "true or false";
        case FactType::number:
            return "a number";
        case FactType::text:
            return "text";
        case FactType::choice:
            return "one of a list";
    }
    return "";
}

FactTable built_in_facts()
{
    FactTable table;
    const auto add = [&](std::string name, FactType type, std::string about,
                         std::vector<std::string> choices = {}) {
        std::sort(choices.begin(), choices.end());
        auto declaration = FactDeclaration{name, type, std::move(choices), std::move(about)};
        table.emplace(std::move(name), std::move(declaration));
    };
    add("channel", FactType::choice, "how the contact came in", {"faq", "chat", "email", "phone"});
    add("language", FactType::text, "of the text, as an ISO 639-1 code such as `de`");
    add("marketplace", FactType::text, "the shop front, such as `de` or `co.uk`");
    add("source", FactType::text, "the feeder that sent the contact");
    add("customer.id", FactType::text, "who the ticket is for");
    add("customer.kind", FactType::choice, "which side of the shop", {"buyer", "seller"});
    add("customer.tier", FactType::choice, "what the customer has signed up to",
        {"standard", "prime", "business", "vip"});
    add("customer.language", FactType::text, "preferred language, as an ISO 639-1 code");
    add("customer.marketplace", FactType::text, "the customer's own shop front");
    add("customer.attitude", FactType::choice, "towards us, from feedback",
        {"promoter", "passive", "detractor"});
    add("customer.activity", FactType::choice, "how much they buy or sell",
        {"new", "active", "occasional", "lapsed"});
    add("customer.nps", FactType::number, "last answer to the recommendation question, 0 to 10");
    add("customer.contacts", FactType::number, "contacts so far, this one not counted");
    add("feedback.nps", FactType::number, "this contact is feedback, with this answer, 0 to 10");
    add("feedback.csat", FactType::number, "this contact is feedback, with this satisfaction, 1 to 5");
    add("problem", FactType::choice, "the ticket is one of an open problem's; only the desk knows", {"open"});
    add("order.id", FactType::text, "the order the ticket is about");
    add("order.value", FactType::number, "in the marketplace's currency");
    add("order.status", FactType::choice, "where the order stands",
        {"placed", "shipped", "delivered", "cancelled", "returned", "refunded"});
    add("order.product", FactType::text, "product family, such as `electronics`");
    add("mail.message_id", FactType::text, "the mail's own id, for replies to be told by");
    add("mail.in_reply_to", FactType::text, "the id of the mail this one answers");
    add("mail.references", FactType::text, "ids of the mails before it, oldest first, with spaces between");
    add("phone.number", FactType::text, "the number a call or message came from");
    add("order.days_late", FactType::number, "days past the promised delivery; below 0 is early");
    return table;
}

Result<void> fits(const FactDeclaration& declaration, const FactValue& value)
{
    const bool right_kind = declaration.type == FactType::boolean ? std::holds_alternative<bool>(value)
                            : declaration.type == FactType::number
                                ? std::holds_alternative<double>(value)
                                : std::holds_alternative<std::string_view>(value);
    if (!right_kind)
        return fail(ErrorCode::bad_value, fmt::format("{} must be {}, not {}", declaration.name,
                                                      to_string(declaration.type), to_string(value)));
    if (declaration.type == FactType::number && !std::isfinite(std::get<double>(value)))
        return fail(ErrorCode::bad_value, declaration.name + " must be a finite number");
    if (declaration.type != FactType::choice) return {};
    const auto text = std::get<std::string_view>(value);
    if (std::binary_search(declaration.choices.begin(), declaration.choices.end(), text)) return {};
    std::string message = fmt::format("{} cannot be '{}'; it is one of {}", declaration.name, text,
                                      fmt::join(declaration.choices, ", "));
    if (const auto near = closest(text, declaration.choices); !near.empty())
        message += fmt::format("; did you mean '{}'?", near);
    return fail(ErrorCode::bad_value, std::move(message));
}

std::string closest(std::string_view wrong, const std::vector<std::string>& known)
{
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(1, wrong.size() / 3) + 1;
    for (const auto& name : known) {
        const auto distance = edit_distance(wrong, name);
        if (distance >= best_distance) continue;
        best_distance = distance;
        best = name;
    }
    return best;
}

}  // namespace triaged
