// Certificates made for a test and thrown away with it.

#pragma once

#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <boost/asio/ssl/context.hpp>

namespace triaged::test {

/// From and until when a certificate is good, in hours from now.
struct Hours {
    int from = -1;
    int until = 24;
};

class Authority {
public:
    explicit Authority(const std::string& name);

    /// Its own certificate, as PEM.
    std::string certificate() const;
    /// What a server needs that proves to be `name`: `DNS:localhost` or `IP:127.0.0.1`.
    std::shared_ptr<boost::asio::ssl::context> server(const std::string& name, Hours hours = {}) const;

private:
    using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
    using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

    static Certificate make(const std::string& name, const EVP_PKEY* key, Hours hours);

    Key key_;
    Certificate certificate_;
};

}  // namespace triaged::test
