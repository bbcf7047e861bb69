#include "proxy/tls/certificates.h"

#include <utility>

#include "proxy/base/ascii.h"
#include "proxy/tls/certificate.h"
#include "proxy/tls/findings.h"
#include "proxy/tls/server_name.h"

namespace postern {
namespace {

// What the log is told at once; a directory full of rubbish must not fill it.
constexpr size_t kMostNews = 100;

// What could not be used may have been read in the middle of a change.
bool tried_lately(std::chrono::steady_clock::time_point tried) {
  return std::chrono::steady_clock::now() - tried < std::chrono::seconds(1);
}

struct Registry {
  std::mutex mutex;
  std::vector<std::weak_ptr<Certificates>> all;
  std::vector<CertificateDirectory> directories;  // of the same places
};

Registry& registry() {
  static Registry known;
  return known;
}

}  // namespace

Result<std::shared_ptr<Certificates>> Certificates::open(
    const CertificateDirectory& directory, size_t most) {
  Registry& known = registry();
  const std::lock_guard lock(known.mutex);
  std::shared_ptr<Certificates> found;
  for (size_t i = 0; i < known.all.size() && !found; ++i)
    if (known.directories[i] == directory) found = known.all[i].lock();
  if (!found) {
    auto index = CertificateIndex::read(directory.path);
    if (!index) return std::move(index).error();
    found = std::make_shared<Certificates>(directory, std::move(*index));
    known.all.push_back(found);
    known.directories.push_back(directory);
  }
  const std::lock_guard inner(found->mutex_);
  found->most_ = most;
  found->bound();
  return found;
}

std::vector<std::shared_ptr<Certificates>> Certificates::all() {
  Registry& known = registry();
  const std::lock_guard lock(known.mutex);
  std::vector<std::shared_ptr<Certificates>> alive;
  for (size_t i = 0; i < known.all.size();)
    if (auto one = known.all[i].lock()) {
      alive.push_back(std::move(one));
      ++i;
    } else {
      known.all.erase(known.all.begin() + static_cast<ptrdiff_t>(i));
      known.directories.erase(known.directories.begin() +
                              static_cast<ptrdiff_t>(i));
    }
  return alive;
}

Certificates::Certificates(CertificateDirectory directory,
                           CertificateIndex index)
    : directory_(std::move(directory)),
      index_(std::make_shared<const CertificateIndex>(std::move(index))) {}

// --- serving -----------------------------------------------------------------

std::shared_ptr<const Shown> Certificates::find(const std::string& host) {
  auto shown = find_listed(host);
  return shown ? shown : find_listed(wildcard_for(host));
}

std::shared_ptr<const Shown> Certificates::find_listed(
    const std::string& name) {
  CertificatePlace place;
  {
    const std::lock_guard lock(mutex_);
    const CertificatePlace* listed = index_->find(name);
    if (listed == nullptr) return nullptr;
    if (const auto found = held_.find(name); found != held_.end()) {
      order_.splice(order_.begin(), order_, found->second);
      if (order_.front()->shown || tried_lately(order_.front()->tried))
        return order_.front()->shown;
    }
    place = *listed;
  }
  return load(name, place);
}

// Two threads may do the same at the same time: cheaper than waiting.
std::shared_ptr<const Shown> Certificates::load(const std::string& name,
                                                const CertificatePlace& place) {
  WatchedFiles files;
  TlsProblems problems;
  std::shared_ptr<const Shown> shown;
  // Not half of the old and half of the new.
  constexpr int kAttempts = 10;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    files = WatchedFiles(files_at(directory_, place));
    problems.clear();
    shown = load_shown(directory_, name, place, problems);
    if (!files.changed(true)) break;
  }
  const auto fatal = fatal_problem(problems);
  const std::string trouble = fatal ? fatal->text : "";
  const std::lock_guard lock(mutex_);
  if (trouble != trouble_with(name) || trouble.empty())
    for (TlsProblem& problem : problems)
      note(problem.warning ? LogLevel::Warning : LogLevel::Error,
           "certificate for " + name + ": " + std::move(problem.text));
  keep(std::make_shared<Held>(Held{name, place, shown, trouble,
                                   std::chrono::steady_clock::now(),
                                   std::move(files)}));
  return shown;
}

std::string Certificates::trouble_with(const std::string& name) const {
  const auto found = held_.find(name);
  return found == held_.end() ? "" : (*found->second)->trouble;
}

void Certificates::keep(std::shared_ptr<Held> held) {
  forget(held->name);
  order_.push_front(std::move(held));
  held_[order_.front()->name] = order_.begin();
  bound();
}

void Certificates::bound() {
  while (order_.size() > most_)
    forget(order_.back()->name);
}

void Certificates::forget(const std::string& name) {
  const auto found = held_.find(name);
  if (found == held_.end()) return;
  const Order::iterator at = found->second;  // `name` may be in there
  held_.erase(found);
  order_.erase(at);
}

void Certificates::note(LogLevel level, std::string text) {
  if (news_.size() < kMostNews) news_.push_back({level, std::move(text)});
}

// --- renewal -----------------------------------------------------------------

std::vector<TlsNews> Certificates::refresh(bool at_once) {
  refresh_index();
  std::vector<std::shared_ptr<Held>> all;
  {
    const std::lock_guard lock(mutex_);
    all.assign(order_.begin(), order_.end());
  }
  for (const auto& held : all)
    refresh_held(held, at_once);
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

void Certificates::refresh_index() {
  const FileStamp now = FileStamp::of(directory_.path);
  {
    const std::lock_guard lock(mutex_);
    if (now == index_->stamp() && !index_->doubtful()) return;
  }
  auto fresh = CertificateIndex::read(directory_.path);
  const std::lock_guard lock(mutex_);
  const std::string trouble = fresh ? "" : fresh.error().text;
  if (!trouble.empty() && trouble != trouble_)
    note(LogLevel::Error,
         "certificates: " + trouble + "; the names known so far are served");
  trouble_ = trouble;
  if (fresh)
    index_ = std::make_shared<const CertificateIndex>(std::move(*fresh));
}

void Certificates::refresh_held(const std::shared_ptr<Held>& held,
                                bool at_once) {
  CertificatePlace place;
  {
    const std::lock_guard lock(mutex_);
    const CertificatePlace* listed = index_->find(held->name);
    if (listed == nullptr) return forget(held->name);
    place = *listed;
  }
  const bool moved = place != held->place;
  if (!held->files.changed(at_once) && !moved) return;
  WatchedFiles files(files_at(directory_, place));
  TlsProblems problems;
  auto fresh = load_shown(directory_, held->name, place, problems);
  const std::lock_guard lock(mutex_);
  held->place = place;
  held->files = std::move(files);
  replace(*held, std::move(fresh), problems);
}

void Certificates::replace(Held& held, std::shared_ptr<const Shown> fresh,
                           const TlsProblems& problems) {
  const std::string name = "certificate for " + held.name + ": ";
  const char* const old = held.shown ? "; the old one is served" : "";
  const auto fatal = fatal_problem(problems);
  if (fatal) {
    if (!held.shown) held.trouble = fatal->text;
    return note(LogLevel::Error, name + fatal->text + old);
  }
  const bool worse =
      held.shown && all_valid_now(*held.shown) && !all_valid_now(*fresh);
  for (const TlsProblem& problem : problems)
    note(worse ? LogLevel::Error : LogLevel::Warning,
         name + problem.text + (worse ? old : ""));
  if (worse) return;
  held.shown = std::move(fresh);
  note(LogLevel::Notice, name + "renewed, " + describe(*held.shown));
}

std::vector<std::string> Certificates::date_warnings() const {
  std::vector<std::string> warnings;
  const std::lock_guard lock(mutex_);
  for (const auto& held : order_) {
    if (!held->shown) continue;
    for (const KeyPair& pair : held->shown->pairs)
      if (const std::string problem = date_problem(pair.leaf.get());
          !problem.empty())
        warnings.push_back("certificate for " + held->name + ": " + problem);
  }
  return warnings;
}

size_t Certificates::names() const {
  const std::lock_guard lock(mutex_);
  return index_->places().size();
}

size_t Certificates::in_memory() const {
  const std::lock_guard lock(mutex_);
  return order_.size();
}

}  // namespace postern
