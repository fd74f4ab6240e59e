#include "engine/ctl/records.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "engine/channels/request.hpp"
#include "engine/ctl/table.hpp"

namespace triaged::ctl {

namespace json = boost::json;
using Holds = RecordColumn::Holds;

namespace {

struct Wrong {
    std::string message;
    std::string suggestion;
};
using Value = tl::expected<json::value, Wrong>;

tl::unexpected<Wrong> wrong(std::string message, std::string suggestion = {})
{
    return tl::unexpected<Wrong>(Wrong{std::move(message), std::move(suggestion)});
}

std::string did_you_mean(std::string_view unknown, const std::vector<std::string>& known)
{
    const auto near = closest(unknown, known);
    return near.empty() ? fmt::format("it is one of {}", fmt::join(known, ", "))
                        : fmt::format("did you mean '{}'?", near);
}

Value read_name(const RecordColumn& column, const std::string& text)
{
    if (text.size() <= channels::name_bytes_max) return json::value(text);
    return wrong(fmt::format("{} has more than {} bytes", column.name, channels::name_bytes_max));
}

Value read_time(const RecordColumn& column, const std::string& text)
{
    const auto at = parse_instant(text);
    return at ? Value(json::value(text)) : wrong(fmt::format("{}: {}", column.name, at.error().message));
}

Value read_policy(const std::string& text, const config::Config& config)
{
    const auto& slas = config.desk.slas;
    if (slas.contains(text)) return json::value(text);
    std::vector<std::string> known;
    for (const auto& [name, policy] : slas) known.push_back(name);
    return wrong(fmt::format("there is no SLA policy '{}'", text), did_you_mean(text, known));
}

Value read_number(const FactDeclaration& fact, std::string text)
{
    double number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, number);
    if (failure == std::errc{} && rest == end && std::isfinite(number)) return json::value(number);
    auto message = fmt::format("{} must be a number, not '{}'", fact.name, text);
    const auto comma = text.find(',');
    if (comma == std::string::npos) return wrong(std::move(message));
    text[comma] = '.';
    return wrong(std::move(message), fmt::format("write decimals with a point, such as {}", text));
}

Value read_fact(const FactDeclaration& fact, const std::string& text)
{
    if (fact.type == FactType::number) return read_number(fact, text);
    if (fact.type == FactType::boolean) {
        if (text == "true" || text == "false") return json::value(text == "true");
        return wrong(fmt::format("{} must be true or false, not '{}'", fact.name, text));
    }
    if (fact.type == FactType::choice && !std::binary_search(fact.choices.begin(), fact.choices.end(), text))
        return wrong(fmt::format("{} cannot be '{}'", fact.name, text), did_you_mean(text, fact.choices));
    if (text.size() <= channels::fact_bytes_max) return json::value(text);
    return wrong(fmt::format("{} has more than {} bytes", fact.name, channels::fact_bytes_max));
}

Value read_cell(const RecordColumn& column, const std::string& text, const config::Config& config)
{
    switch (column.holds) {
        case Holds::name:
            return read_name(column, text);
        case Holds::policy:
            return read_policy(text, config);
        case Holds::time:
            return read_time(column, text);
        case Holds::fact:
            break;
    }
    return read_fact(*column.fact, text);
}

/// Puts a cell's value in its place.
void put(json::object& request, const RecordColumn& column, json::value value)
{
    if (column.inner.empty()) {
        request[column.outer] = std::move(value);
        return;
    }
    auto& outer = request[column.outer];
    if (!outer.is_object()) outer = json::object();
    outer.get_object()[column.inner] = std::move(value);
}

}  // namespace

const RecordKind* find_record_kind(std::string_view name)
{
    static const std::vector<RecordKind> all{
        {"customers", "customer", "customer.", {{"id", "customer", "id", Holds::name, true}}},
        {"orders",
         "order",
         "order.",
         {{"id", "order", "id", Holds::name, true}, {"customer", "customer", "id"}}},
        {"contracts",
         "contract",
         "",
         {{"contract", "contract", "", Holds::name, true},
          {"customer", "customer", "id", Holds::name, true},
          {"sla", "sla", "", Holds::policy},
          {"until", "until", "", Holds::time}}},
    };
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const RecordKind& kind) { return kind.name == name; });
    return found == all.end() ? nullptr : &*found;
}

tl::expected<RecordColumn, Diagnostic> RecordReader::column_of(const CsvRow& header,
                                                               const CsvCell& cell) const
{
    // `tier` and `customer.tier` are the same, where customers are told of.
    const bool prefixed = !kind_.prefix.empty() && cell.text.starts_with(kind_.prefix);
    const auto bare = prefixed ? cell.text.substr(kind_.prefix.size()) : cell.text;
    std::vector<std::string> known;
    for (const auto& column : kind_.columns) {
        if (column.name == bare || column.outer + "." + column.inner == cell.text) return column;
        known.push_back(column.name);
    }
    for (const auto& [name, fact] : config_.vocabulary.facts) {
        if (kind_.prefix.empty() || !name.starts_with(kind_.prefix)) continue;
        auto short_name = name.substr(kind_.prefix.size());
        if (short_name == bare) return RecordColumn{name, kind_.op, bare, Holds::fact, false, &fact};
        known.push_back(std::move(short_name));
    }
    return tl::unexpected<Diagnostic>(
        header.about(cell, fmt::format("{} have no '{}'", kind_.name, cell.text), did_you_mean(bare, known)));
}

std::vector<Diagnostic> RecordReader::take_header(const CsvRow& header)
{
    std::vector<Diagnostic> found;
    if (header.cells.size() == 1 && header.cells.front().text.find(';') != std::string::npos)
        return {header.about(header.cells.front(), "the columns are parted by ';'",
                             "save the file with commas between its columns")};
    for (const auto& cell : header.cells) {
        auto column = column_of(header, cell);
        const auto same = [&](const RecordColumn& other) {
            return column && other.outer == column->outer && other.inner == column->inner;
        };
        if (!column)
            found.push_back(std::move(column.error()));
        else if (std::any_of(columns_.begin(), columns_.end(), same))
            found.push_back(header.about(cell, fmt::format("'{}' is there twice", cell.text)));
        else
            columns_.push_back(std::move(*column));
    }
    if (!found.empty()) return found;
    for (const auto& column : kind_.columns) {
        const auto same = [&](const RecordColumn& other) { return other.name == column.name; };
        if (column.required && std::none_of(columns_.begin(), columns_.end(), same))
            found.push_back(header.about(header.cells.front(),
                                         fmt::format("there is no column '{}'", column.name),
                                         "the first row names the columns"));
    }
    return found;
}

tl::expected<std::string, Diagnostic> RecordReader::read(const CsvRow& row) const
{
    const auto complain = [&](const CsvCell& cell, Wrong what) {
        return tl::unexpected<Diagnostic>(
            row.about(cell, std::move(what.message), std::move(what.suggestion)));
    };
    if (row.wrong) return tl::unexpected<Diagnostic>(*row.wrong);
    if (row.cells.size() != columns_.size())
        return complain(row.cells.back(), {fmt::format("the row has {} cells, the header {}",
                                                       row.cells.size(), columns_.size()),
                                           "put cells that hold commas in quotes"});
    json::object request{{"op", kind_.op}};
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto& cell = row.cells[i];
        const auto& column = columns_[i];
        if (cell.text.empty()) {
            if (column.required) return complain(cell, {fmt::format("the row has no {}", column.name), {}});
            continue;
        }
        auto value = read_cell(column, cell.text, config_);
        if (!value) return complain(cell, std::move(value.error()));
        put(request, column, std::move(*value));
    }
    return json::serialize(request);
}

Diagnostic RecordReader::refused(const CsvRow& row, const Refused& refusal) const
{
    const auto is_meant = [&](const RecordColumn& column) {
        return refusal.field ==
               (column.inner.empty() ? column.outer : fmt::format("{}.{}", column.outer, column.inner));
    };
    const auto meant = std::find_if(columns_.begin(), columns_.end(), is_meant);
    const auto place = meant == columns_.end() ? 0 : meant - columns_.begin();
    auto diagnostic = row.about(row.cells[static_cast<std::size_t>(place)], printable(refusal.message));
    diagnostic.code = refusal.code;
    return diagnostic;
}

}  // namespace triaged::ctl
