// The parts of Asio that are no templates, compiled once; BOOST_ASIO_SEPARATE_COMPILATION keeps them out of the headers.

#include <boost/asio/impl/src.hpp>
