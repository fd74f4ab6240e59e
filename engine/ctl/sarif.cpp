#include "engine/ctl/sarif.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace triaged::ctl {

namespace json = boost::json;

namespace {

json::object result_of(const Diagnostic& found, std::string_view level)
{
    auto message = found.message;
    if (!found.suggestion.empty()) message += "; " + found.suggestion;
    json::object result{{"ruleId", found.code}, {"level", level}, {"message", {{"text", message}}}};
    if (found.file.empty()) return result;
    json::object place{{"artifactLocation", {{"uri", found.file}}}};
    if (found.line > 0) {
        json::object region{{"startLine", found.line}};
        if (found.column > 0) {
            region["startColumn"] = found.column;
            region["endColumn"] = found.column + found.length;
        }
        place["region"] = std::move(region);
    }
    json::object location{{"physicalLocation", std::move(place)}};
    json::array locations;
    locations.push_back(std::move(location));
    result["locations"] = std::move(locations);
    return result;
}

}  // namespace

void add_sarif(json::array& results, const std::vector<Diagnostic>& diagnostics,
               const std::vector<analysis::Finding>& findings)
{
    for (const auto& found : diagnostics)
        results.push_back(result_of(found, found.severity == Severity::error ? "error" : "warning"));
    for (const auto& [diagnostic, note, proof, witness] : findings) {
        auto result = result_of(diagnostic, note ? "note" : "warning");
        json::object properties;
        if (!proof.empty()) properties["proof"] = json::array(proof.begin(), proof.end());
        if (!witness.empty()) properties["witness"] = witness;
        if (!properties.empty()) result["properties"] = std::move(properties);
        results.push_back(std::move(result));
    }
}

std::string sarif_log(json::array results)
{
    json::object tool{{"driver", {{"name", "triagectl"}, {"version", TRIAGED_VERSION}}}};
    json::object run;
    run["tool"] = std::move(tool);
    run["columnKind"] = "unicodeCodePoints";
    run["results"] = std::move(results);
    json::array runs;
    runs.push_back(std::move(run));
    json::object log{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}};
    log["runs"] = std::move(runs);
    return json::serialize(log);
}

}  // namespace triaged::ctl
