#include "engine/journal/codec.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <type_traits>

#include <fmt/format.h>

#include "engine/journal/event_fields.hpp"

namespace triaged::journal {

namespace {

constexpr std::uint64_t zigzag(std::int64_t value)
{
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::int64_t unzigzag(std::uint64_t value)
{
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

class Writer {
public:
    template <class T>
    using Part = const T;

    Writer(std::string& out, Instant at) : out_(out), at_(at) {}

    template <class... T>
    void operator()(const T&... parts)
    {
        (put(parts), ...);
    }

    void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
    void put_signed(std::int64_t value) { put_unsigned(zigzag(value)); }

private:
    void put_unsigned(std::uint64_t value)
    {
        if (value < 0x80) return byte(static_cast<std::uint8_t>(value));
        std::array<char, 10> bytes{};
        std::size_t size = 0;
        for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>(value | 0x80);
        bytes[size++] = static_cast<char>(value);
        out_.append(bytes.data(), size);
    }

    void put_bytes(std::string_view bytes)
    {
        put_unsigned(bytes.size());
        out_.append(bytes);
    }

    void put(int value) { put_signed(value); }
    void put(std::uint32_t value) { put_unsigned(value); }
    void put(bool value) { byte(value ? 1 : 0); }
    void put(TicketId id) { put_unsigned(id.value); }
    void put(ProblemId id) { put_unsigned(id.value); }
    void put(RulebookId id)
    {
        for (int shift = 0; shift < 64; shift += 8) byte(static_cast<std::uint8_t>(id.value >> shift));
    }
    void put(Instant instant)
    {
        put_signed(static_cast<std::int64_t>(static_cast<std::uint64_t>(instant.ms) -
                                             static_cast<std::uint64_t>(at_.ms)));
    }
    void put(Duration span) { put_signed(span.count()); }
    void put(const std::string& text) { put_bytes(text); }
    void put(const FactSet& facts) { put_bytes(facts.bytes()); }

    template <class Tag>
    void put(const Name<Tag>& name)
    {
        put_bytes(name.value);
    }

    template <class T>
    void put(const std::vector<T>& items)
    {
        put_unsigned(items.size());
        for (const auto& item : items) put(item);
    }

    template <class T>
    void put(const std::optional<T>& maybe)
    {
        byte(maybe ? 1 : 0);
        if (maybe) put(*maybe);
    }

    template <class A, class B>
    void put(const std::pair<A, B>& pair)
    {
        (*this)(pair.first, pair.second);
    }

    template <class T>
    void put(const T& value)
    {
        if constexpr (std::is_enum_v<T>)
            byte(static_cast<std::uint8_t>(value));
        else
            fields(*this, value);
    }

    std::string& out_;
    Instant at_;
};

/// Reads what Writer wrote and believes none of it. After the first failure everything reads as empty.
class Reader {
public:
    template <class T>
    using Part = T;

    explicit Reader(std::string_view in) : in_(in) {}

    template <class... T>
    void operator()(T&... parts)
    {
        (get(parts), ...);
    }

    bool failed() const { return !why_.empty(); }
    const std::string& why() const { return why_; }
    std::size_t failed_at() const { return failed_at_; }
    std::size_t left() const { return in_.size() - at_byte_; }

    /// Instants are read relative to `at`.
    void base(Instant at) { at_ = at; }

    std::uint8_t byte()
    {
        if (left() == 0) return refuse("the body ends here"), std::uint8_t{0};
        return static_cast<std::uint8_t>(in_[at_byte_++]);
    }

    std::int64_t get_signed() { return unzigzag(get_unsigned()); }

    void refuse(std::string why) { refuse_at(at_byte_, std::move(why)); }

    void refuse_at(std::size_t place, std::string why)
    {
        if (failed()) return;
        why_ = std::move(why);
        failed_at_ = place;
        at_byte_ = in_.size();
    }

private:
    std::uint64_t get_unsigned()
    {
        const std::size_t start = at_byte_;
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = byte();
            if (failed()) return 0;
            const std::uint64_t bits = next & 0x7f;
            if (shift == 63 && bits > 1) break;
            value |= bits << shift;
            if (next & 0x80) continue;
            if (next == 0 && shift > 0) return refuse_at(start, "a number is longer than it needs to be"), 0;
            return value;
        }
        return refuse_at(start, "a number has more than 64 bits"), 0;
    }

    template <class T>
    T get_within(std::uint64_t max)
    {
        const std::size_t start = at_byte_;
        const std::uint64_t value = get_unsigned();
        if (value <= max) return static_cast<T>(value);
        return refuse_at(start, fmt::format("{} is beyond {}", value, max)), T{};
    }

    std::string_view get_bytes()
    {
        const std::size_t start = at_byte_;
        const std::uint64_t size = get_unsigned();
        if (size > left()) {
            refuse_at(start, fmt::format("a string of {} bytes where {} are left", size, left()));
            return {};
        }
        const auto bytes = in_.substr(at_byte_, size);
        at_byte_ += size;
        return bytes;
    }

    void get(int& value)
    {
        const std::size_t start = at_byte_;
        const std::int64_t wide = get_signed();
        value = static_cast<int>(wide);
        if (value != wide) refuse_at(start, fmt::format("{} does not fit 32 bits", wide));
    }
    void get(std::uint32_t& value)
    {
        value = get_within<std::uint32_t>(std::numeric_limits<std::uint32_t>::max());
    }
    void get(bool& value)
    {
        const std::size_t start = at_byte_;
        const std::uint8_t read = byte();
        if (read > 1) return refuse_at(start, "neither 0 nor 1 where something is so or not");
        value = read == 1;
    }
    void get(TicketId& id) { id.value = get_unsigned(); }
    void get(ProblemId& id) { id.value = get_unsigned(); }
    void get(RulebookId& id)
    {
        id.value = 0;
        for (int shift = 0; shift < 64; shift += 8) id.value |= static_cast<std::uint64_t>(byte()) << shift;
    }
    void get(Instant& instant)
    {
        const auto since = static_cast<std::uint64_t>(get_signed());
        instant.ms = static_cast<std::int64_t>(static_cast<std::uint64_t>(at_.ms) + since);
    }
    void get(Duration& span) { span = Duration{get_signed()}; }
    void get(std::string& text) { text = get_bytes(); }
    void get(FactSet& facts)
    {
        const std::size_t start = at_byte_;
        auto read = FactSet::from_bytes(get_bytes());
        if (read)
            facts = std::move(*read);
        else
            refuse_at(start, "facts: " + read.error().message);
    }

    template <class Tag>
    void get(Name<Tag>& name)
    {
        name.value = get_bytes();
    }

    template <class T>
    void get(std::vector<T>& items)
    {
        const std::size_t start = at_byte_;
        const std::uint64_t count = get_unsigned();
        // Every item takes a byte at least, so a count that passes cannot make us allocate out of proportion.
        if (count > left())
            return refuse_at(start, fmt::format("a list of {} items where {} bytes are left", count, left()));
        for (std::uint64_t i = 0; i < count && !failed(); ++i) get(items.emplace_back());
    }

    template <class T>
    void get(std::optional<T>& maybe)
    {
        const std::size_t start = at_byte_;
        const std::uint8_t present = byte();
        if (present > 1) return refuse_at(start, "neither 0 nor 1 where a field is there or not");
        if (present == 1) get(maybe.emplace());
    }

    template <class A, class B>
    void get(std::pair<A, B>& pair)
    {
        (*this)(pair.first, pair.second);
    }

    template <class T>
    void get(T& value)
    {
        if constexpr (std::is_enum_v<T>) {
            const std::size_t start = at_byte_;
            const std::uint8_t number = byte();
            if (number > last_value<T>)
                return refuse_at(start, fmt::format("{} is no value of its list", number));
            value = static_cast<T>(number);
        } else {
            fields(*this, value);
        }
    }

    std::string_view in_;
    std::size_t at_byte_ = 0;
    Instant at_;
    std::string why_;
    std::size_t failed_at_ = 0;
};

/// Reads the fields of the kind of event that `number` stands for.
template <class... E>
void read_happening(Reader& reader, std::uint8_t number, std::variant<E...>& what)
{
    const bool known = ((kind<E> == number && (fields(reader, what.template emplace<E>()), true)) || ...);
    if (!known) reader.refuse(fmt::format("{} is no kind of event", number));
}

constexpr std::size_t reserved_events_max = 4096;  // a damaged count must not cost more

}  // namespace

void encode(const Event& event, std::string& body)
{
    Writer writer(body, event.at);
    std::visit(
        [&]<class E>(const E& what) {
            static_assert(kind<E> != 0, "every kind of event has a number in the format");
            writer.byte(kind<E>);
            writer.put_signed(event.at.ms);
            fields(writer, what);
        },
        event.what);
}

Result<std::vector<Event>> decode(std::string_view body, Seq first_seq, std::uint32_t count)
{
    std::vector<Event> events;
    events.reserve(std::min<std::size_t>(count, reserved_events_max));
    Reader reader(body);
    for (std::uint32_t i = 0; i < count; ++i) {
        Event& event = events.emplace_back();
        event.seq = first_seq + i;
        const std::uint8_t number = reader.byte();
        event.at.ms = reader.get_signed();
        reader.base(event.at);
        if (!reader.failed()) read_happening(reader, number, event.what);
        if (reader.failed())
            return fail(ErrorCode::journal_damaged,
                        fmt::format("event {} of {} (seq {}), byte {} of {}: {}", i + 1, count, event.seq,
                                    reader.failed_at(), body.size(), reader.why()));
    }
    if (reader.left() > 0)
        return fail(ErrorCode::journal_damaged, fmt::format("{} bytes are left after event {} (seq {})",
                                                            reader.left(), count, first_seq + count - 1));
    return events;
}

}  // namespace triaged::journal
