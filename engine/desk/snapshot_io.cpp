#include "engine/desk/snapshot_io.hpp"

#include <bit>
#include <cstring>

#include <fmt/format.h>

namespace triaged::desk {

static_assert(std::endian::native == std::endian::little, "snapshots are little endian");

void Writer::pass_on()
{
    if (passed_on_) passed_on_ = sink_(out_);
    out_.clear();
}

Result<void> Writer::finish()
{
    pass_on();
    return passed_on_;
}

void Writer::number(std::uint64_t value)
{
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
}

void Writer::put(std::int32_t value)
{
    const auto bits = static_cast<std::uint32_t>(value);
    number((bits << 1) ^ (value < 0 ? ~0U : 0U));
}

void Writer::fixed(std::uint64_t value)
{
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
    if (out_.size() >= piece_bytes) pass_on();  // every record has an instant, a key or a text
}

void Writer::string(std::string_view text)
{
    number(text.size());
    out_ += text;
    if (out_.size() >= piece_bytes) pass_on();
}

void Writer::put(const ReceiptKey& key)
{
    fixed(key.low);
    fixed(key.high);
}

void Writer::put(Symbol symbol)
{
    const auto [known, added] = names_.try_emplace(symbol, names_.size());
    number(known->second);
    if (added) string(state_.symbols.text(symbol));
}

void Writer::put(SkillSetId id)
{
    const auto [known, added] = skill_sets_.try_emplace(id, skill_sets_.size());
    number(known->second);
    if (!added) return;
    const auto& skills = state_.skill_sets.skills(id);
    count(skills.size());
    for (const auto& [name, level] : skills) (*this)(name, level);
}

void Writer::text(const TicketText& text)
{
    for (const auto part : text.views()) string(part);
}

void Writer::rules(ListId list)
{
    const auto items = state_.lists.items(list);
    count(items.size());
    for (const auto rule : items) number(rule);
}

void Writer::tags(ListId list)
{
    const auto items = state_.lists.items(list);
    count(items.size());
    for (const auto tag : items) put(static_cast<Symbol>(tag));
}

void Reader::fail(std::string_view why)
{
    if (!good()) return;
    failure_ = fmt::format("at byte {}: {}", rest_.data() - begin_, why);
    rest_ = {};
}

std::uint8_t Reader::byte()
{
    if (rest_.empty()) {
        fail("cut short");
        return 0;
    }
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
}

std::uint64_t Reader::number()
{
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const std::uint64_t piece = byte();
        value |= (piece & 0x7F) << shift;
        if (piece < 0x80) return value;
    }
    fail("a number of too many bytes");
    return 0;
}

std::uint64_t Reader::fixed()
{
    std::uint64_t value = 0;
    if (rest_.size() < sizeof value) {
        fail("cut short");
        return 0;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
}

std::string_view Reader::string()
{
    const auto size = number();
    if (size > rest_.size()) {
        fail("cut short");
        return {};
    }
    const auto text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
}

std::size_t Reader::count()
{
    const auto size = number();
    if (size <= rest_.size()) return size;
    fail("more things than bytes");
    return 0;
}

void Reader::raw(std::string_view expected)
{
    if (!rest_.starts_with(expected)) return fail("not a snapshot");
    rest_.remove_prefix(expected.size());
}

std::uint32_t Reader::slot(std::size_t size)
{
    const auto stored = number();
    if (stored > size) fail("a reference to nothing");
    return good() ? static_cast<std::uint32_t>(stored) - 1U : ~0U;
}

void Reader::get(std::int32_t& value)
{
    const auto bits = static_cast<std::uint32_t>(number());
    value = static_cast<std::int32_t>((bits >> 1) ^ (0U - (bits & 1U)));
}

FactSet Reader::facts()
{
    auto facts = FactSet::from_bytes(string());
    if (facts) return std::move(*facts);
    fail(facts.error().message);
    return {};
}

void Reader::get(FactSet& facts) { facts = this->facts(); }

void Reader::get(ReceiptKey& key)
{
    key.low = fixed();
    key.high = fixed();
}

void Reader::get(Symbol& symbol)
{
    const auto stored = number();
    if (stored > names_.size()) return fail("a name that was never spelt out");
    if (stored == names_.size()) names_.push_back(state_.symbols.intern(string()));
    symbol = names_[stored];
}

void Reader::get(SkillSetId& id)
{
    const auto stored = number();
    if (stored > skill_sets_.size()) return fail("skills that were never spelt out");
    if (stored == skill_sets_.size()) {
        Skills skills(count());
        for (auto& [name, level] : skills) (*this)(name, level);
        skill_sets_.push_back(state_.skill_sets.intern(skills));
    }
    id = skill_sets_[stored];
}

void Reader::text(TicketText& text)
{
    TicketText::Views views;
    for (auto& view : views) view = string();
    if (const auto facts = FactSet::from_bytes(views[TicketText::facts]); !facts)
        return fail(facts.error().message);
    text = TicketText(views);
}

void Reader::rules(ListId& list)
{
    std::vector<std::uint32_t> rules(count());
    for (auto& rule : rules) get(rule);
    list = state_.lists.acquire(rules);
}

void Reader::tags(ListId& list)
{
    std::vector<std::uint32_t> tags(count());
    for (auto& tag : tags) {
        Symbol symbol{};
        get(symbol);
        tag = static_cast<std::uint32_t>(symbol);
    }
    list = state_.lists.acquire(tags);
}

}  // namespace triaged::desk
