// What --check says of certificates: which there are, and whether they could be
// read again by the user that Postern becomes.

#pragma once

#include <string>
#include <vector>

#include "proxy/config/configuration.h"
#include "proxy/config/problem.h"

namespace postern {

// "SERVICE: FILE: mail.example (ECDSA P-256, 83 days left)", a line for each.
// What is wrong with those of directories is added to `problems`.
std::vector<std::string> list_certificates(const Configuration& configuration,
                                           std::vector<Problem>& problems);

// To be called as the user in question: the files it will have to read again
// and cannot.
std::vector<Problem> check_reading(const Configuration& configuration);

}  // namespace postern
