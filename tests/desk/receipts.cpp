#include "engine/desk/receipts.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace triaged;
using namespace triaged::desk;

namespace {

Receipt receipt_of(const std::string& ref, ReceiptSlot older = ReceiptSlot::none)
{
    Receipt receipt;
    receipt.key = receipt_key("shop", ref);
    receipt.older = older;
    return receipt;
}

}  // namespace

TEST_CASE("source and ref are kept apart in a receipt's key", "[desk]")
{
    CHECK(receipt_key("a", "bc") == receipt_key("a", "bc"));
    CHECK_FALSE(receipt_key("a", "bc") == receipt_key("ab", "c"));
    CHECK_FALSE(receipt_key("", "abc") == receipt_key("abc", ""));
}

TEST_CASE("receipts are found until their ticket has ended long enough ago", "[desk]")
{
    Receipts receipts;
    const auto first = receipts.add(receipt_of("a"));
    const auto latest = receipts.add(receipt_of("b", first));
    const auto other = receipts.add(receipt_of("c"));
    receipts.end(Instant{10}, latest);
    receipts.end(Instant{20}, other);
    std::size_t dropped = 0;
    const auto count = [&](const Receipt&) { ++dropped; };
    receipts.forget(Instant{10}, count, {});
    CHECK(dropped == 0);
    receipts.forget(Instant{11}, count, {});
    CHECK(dropped == 2);
    CHECK(receipts.find(receipt_key("shop", "a")) == ReceiptSlot::none);
    CHECK(receipts.find(receipt_key("shop", "b")) == ReceiptSlot::none);
    CHECK(receipts.find(receipt_key("shop", "c")) == other);
    CHECK(receipts.size() == 1);
}

TEST_CASE("ten thousand receipts are told apart, and their slots are used again", "[desk]")
{
    Receipts receipts;
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 10'000; ++i) {
            const auto slot = receipts.add(receipt_of(std::to_string(i)));
            REQUIRE(static_cast<std::uint32_t>(slot) < 10'000);
            receipts.end(Instant{1}, slot);
        }
        for (int i = 0; i < 10'000; ++i)
            REQUIRE(receipts.find(receipt_key("shop", std::to_string(i))) != ReceiptSlot::none);
        receipts.forget(Instant{2}, [](const Receipt&) {}, {});
        REQUIRE(receipts.size() == 0);
    }
}
