// The same for Asio's TLS, which is OpenSSL's; apart, so that programs that speak none do without.

#include <boost/asio/ssl/impl/src.hpp>
