// Fields: what each field of a request may hold, and where it goes.

#pragma once

#include "engine/channels/operations.hpp"
#include "engine/channels/value_readers.hpp"

namespace triaged::channels {

/// Reads the value of one field into the draft. \param facts  what customers, orders and tickets may carry
Outcome read_field(Draft& draft, Field field, ondemand::value& value, const FactTable& facts);

/// The request's own name, kept as JSON so that it is repeated as it came.
Outcome read_id(std::string& id, ondemand::value& value);

}  // namespace triaged::channels
