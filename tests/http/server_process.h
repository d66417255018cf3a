#pragma once
// A real `countersign serve` on a free port of loopback, and a browser with cookies and a soft
// authenticator that talks to it. Stopped by its process id, with everything it wrote.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "codec/json_reader.h"
#include "tests/support/soft_authenticator.h"

namespace countersign::testing {

inline constexpr const char* kOrigin = "http://localhost:8080";

/// A folder of its own that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "countersign-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(path(name), std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }

 private:
  std::string path_;
};

/// The demo tenant; `more` is JSON members of the configuration, each with a comma before it.
inline std::string demo_config(const std::string& more = "") {
  return R"({"listen":{"host":"127.0.0.1","port":0},"tenants":[{"id":"demo","rpId":"localhost",)"
         R"("rpName":"Demo","origins":["http://localhost:8080"],"enrolment":"open"}])" +
         more + "}";
}

class ServerProcess {
 public:
  ServerProcess(const TemporaryFolder& folder, const std::string& config,
                std::vector<std::string> environment = {})
      : folder_(folder) {
    folder_.write("config.json", config);
    start(std::move(environment));
  }
  ~ServerProcess() { stop(); }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  int port() const { return port_; }
  pid_t pid() const { return pid_; }
  bool is_running() const { return pid_ > 0; }
  std::string log() const { return folder_.read("log"); }

  /// SIGTERM; the exit code, or -1 when a signal ended it.
  int stop() { return end(SIGTERM); }
  void kill_hard() { end(SIGKILL); }
  /// With the configuration and the store that are there; ended first if it still runs.
  void restart() {
    stop();
    start({});
  }

 private:
  int end(int signal) {
    if (pid_ <= 0) {
      return -1;
    }
    kill(pid_, signal);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  void start(std::vector<std::string> environment) {
    const std::string binary = COUNTERSIGN_BINARY_DIR "/countersign";
    const std::string config = folder_.path("config.json");
    const std::string log = folder_.path("log");
    int out[2];
    ASSERT_EQ(pipe2(out, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(out[1], 1);
      const int error = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
      dup2(error, 2);
      for (std::string& variable : environment) {
        putenv(variable.data());
      }
      execl(binary.c_str(), binary.c_str(), "serve", "--config", config.c_str(), nullptr);
      _exit(127);
    }
    close(out[1]);
    std::string line;
    char byte = 0;
    while (read(out[0], &byte, 1) == 1 && byte != '\n') {
      line += byte;
    }
    close(out[0]);
    const std::size_t colon = line.rfind(':');
    ASSERT_NE(colon, std::string::npos) << "the server did not start: " << this->log();
    port_ = std::atoi(line.c_str() + colon + 1);
    ASSERT_GT(port_, 0);
  }

  const TemporaryFolder& folder_;
  pid_t pid_ = -1;
  int port_ = 0;
};

struct Answer {
  int status = 0;  // 0: no answer at all
  std::string body;
  std::map<std::string, std::string> headers;  // lower-case names; the last of each
  JsonValue json;

  const JsonValue& at(std::string_view name) const {
    static const JsonValue kNothing;
    const JsonValue* value = json.is_object() ? json.find(name) : nullptr;
    return value != nullptr ? *value : kNothing;
  }
  std::string text(std::string_view name) const { return at(name).string; }
};

inline const JsonValue& member(const JsonValue& json, std::string_view name) {
  static const JsonValue kNothing;
  const JsonValue* value = json.is_object() ? json.find(name) : nullptr;
  return value != nullptr ? *value : kNothing;
}

/// One browser: origin, cookies, an authenticator.
class Browser {
 public:
  explicit Browser(int port, std::string origin = kOrigin)
      : client_(std::make_unique<httplib::Client>("127.0.0.1", port)), origin_(std::move(origin)) {
    client_->set_keep_alive(true);
    client_->set_tcp_nodelay(true);
    client_->set_read_timeout(20, 0);
  }

  httplib::Headers headers;  // beside cookie and origin
  std::string rp_id = "localhost";

  Answer get(const std::string& path) { return call("GET", path, ""); }
  Answer post(const std::string& path, const std::string& body) { return call("POST", path, body); }
  Answer call(const std::string& method, const std::string& path, const std::string& body,
              const std::string& type = "application/json") {
    httplib::Request request;
    request.method = method;
    request.path = path;
    request.headers = headers;
    if (!origin_.empty() && method != "GET") {
      request.headers.emplace("Origin", origin_);
    }
    if (!cookie.empty()) {
      request.headers.emplace("Cookie", cookie);
    }
    if (method == "POST" || method == "PATCH" || !body.empty()) {
      request.headers.emplace("Content-Type", type);
      request.body = body;
    }
    httplib::Response response;
    httplib::Error error = httplib::Error::Success;
    Answer answer;
    if (!client_->send(request, response, error)) {
      return answer;
    }
    answer.status = response.status;
    answer.body = response.body;
    for (const auto& [name, value] : response.headers) {
      std::string lower = name;
      std::transform(lower.begin(), lower.end(), lower.begin(), ::tolower);
      answer.headers[lower] = value;
    }
    const auto set = answer.headers.find("set-cookie");
    if (set != answer.headers.end()) {
      cookie = set->second.substr(0, set->second.find(';'));
    }
    const Result<JsonValue> json = parse_json(answer.body);
    if (json.has_value()) {
      answer.json = *json;
    }
    return answer;
  }

  std::string cookie;  // "name=value"

  /// What a browser does with the options of a registration; `edit` may spoil it.
  Registration create(const JsonValue& options, const std::string& label,
                      const std::function<void(RegistrationOptions&)>& edit = {}) const {
    RegistrationOptions made;
    made.rp_id = rp_id;
    made.challenge = from_base64(member(options, "challenge").string);
    made.client_data.origin = origin_;
    made.client_data.cross_origin = false;
    made.key = TestKey::for_algorithm(-7, label);
    made.credential_id = seeded_bytes(label, 32);
    made.user_handle = from_base64(member(member(options, "user"), "id").string);
    if (edit) {
      edit(made);
    }
    return make_registration(made);
  }
  Assertion assert_with(const SoftCredential& credential, const JsonValue& options,
                        const std::function<void(AssertionOptions&)>& edit = {}) const {
    AssertionOptions made;
    made.rp_id = rp_id;
    made.challenge = from_base64(member(options, "challenge").string);
    made.client_data.origin = origin_;
    made.user_handle = credential.user_handle;
    if (edit) {
      edit(made);
    }
    return make_assertion(credential, made);
  }

  struct Registered {
    Answer began;
    Answer result;
    SoftCredential credential;
  };
  /// A new account with one passkey, all the way.
  Registered register_user(const std::string& username, const std::string& label,
                           const std::function<void(RegistrationOptions&)>& edit = {}) {
    Registered out;
    out.began =
        post("/v1/registrations", R"({"username":")" + username + R"(","displayName":"A person"})");
    if (out.began.status != 201) {
      return out;
    }
    const Registration made = create(out.began.at("options"), label, edit);
    out.credential = made.credential;
    out.result = post("/v1/registrations/" + out.began.text("id") + "/result", made.json);
    return out;
  }
  /// One sign-in with that credential; without a name the authenticator finds it.
  Answer sign_in(const SoftCredential& credential, const std::string& username = "",
                 const std::function<void(AssertionOptions&)>& edit = {}) {
    const Answer began = post("/v1/authentications",
                              username.empty() ? "{}" : R"({"username":")" + username + "\"}");
    if (began.status != 201) {
      return began;
    }
    return post("/v1/authentications/" + began.text("id") + "/result",
                assert_with(credential, began.at("options"), edit).json);
  }

 private:
  std::unique_ptr<httplib::Client> client_;
  std::string origin_;
};

}  // namespace countersign::testing
