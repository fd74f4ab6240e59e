// Random rulebooks and tickets: rules as the oracle reads them, and the same rules printed as the files that
// people write.

#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/rulebook/oracle.hpp"

namespace triaged::rulebook::oracle {

/// Made for the vocabulary of tests/rulebook/support.hpp. The same seed gives the same book and tickets
/// everywhere.
class RandomBook {
public:
    explicit RandomBook(unsigned seed);

    /// In the order in which they apply; the last of `route` is the default.
    const std::vector<Rule>& rules() const { return rules_; }
    /// The files of the book, its default and its lists among them.
    std::vector<Source> sources();

    Ticket ticket();
    Clocks clocks();
    std::vector<RuleIndex> done();

private:
    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
    bool one_in(unsigned times) { return pick(times) == 0; }
    template <class T>
    const T& one(const std::vector<T>& of)
    {
        return of[pick(static_cast<unsigned>(of.size()))];
    }
    template <class Make>
    auto some(unsigned most, Make make)
    {
        std::vector<decltype(make())> out;
        const auto count = 1 + pick(most);
        while (out.size() < count) out.push_back(make());
        return out;
    }

    void add_rules(Stage stage, unsigned count);
    Then then(Stage stage);
    std::map<std::string, int> skills();
    Map map(Stage stage, int depth);
    When when(const std::string& key, Stage stage, int depth);
    std::vector<std::string> keys(Stage stage, int depth);
    std::vector<Bound> bounds(const std::vector<double>& of);
    Value value(const std::string& fact);
    Text pattern();
    std::string piece();
    std::string text();

    std::string print(const Map& map);
    std::string print(const When& when);
    std::string print_texts(const When& when);
    std::string print_values(const When& when);
    std::string list_of(const std::vector<std::string>& items);

    std::mt19937_64 random_;
    std::vector<Rule> rules_;
    std::vector<std::string> lists_;  // as written, by the number in their name
};

}  // namespace triaged::rulebook::oracle
