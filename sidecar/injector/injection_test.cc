// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/injection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/injector/json_patch.h"
#include "sidecar/injector/pod.h"

namespace herald::injector {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Verdict = Injection::Verdict;

constexpr char kPod[] = R"({
  "apiVersion": "v1", "kind": "Pod",
  "metadata": {"name": "planner-0", "namespace": "claims",
               "annotations": {"herald.dev/agents": "planner=8080"}},
  "spec": {"serviceAccountName": "planner",
           "initContainers": [{"name": "fetch", "image": "fetch:1"}],
           "containers": [
             {"name": "agent", "image": "planner:1",
              "env": [{"name": "HERALD_SOCKET", "value": "unix:/mine"}],
              "volumeMounts": [{"name": "data", "mountPath": "/data"}]},
             {"name": "log", "image": "log:1"}],
           "volumes": [{"name": "data", "emptyDir": {}}]}})";

Settings TestSettings() {
  Settings settings = DefaultSettings("registry.example/herald:1");
  settings.sites.push_back(
      {.namespaces = {"claims", "edge-*"},
       .site = json::Object{{"country", "DE"}, {"tier", "NearEdge"}}});
  return settings;
}

json::Value Parsed(std::string_view text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value ? *value : json::Value();
}

// A pod whose metadata and spec have these besides one container.
json::Value PodWith(const std::string& metadata, const std::string& spec) {
  return Parsed(R"({"metadata": {)" + metadata +
                R"(}, "spec": {"containers": [{"name": "a"}])" + spec + "}}");
}

class InjectionTest : public testing::Test {
 protected:
  Injection Do(const json::Value& pod) {
    return Inject(pod, "claims", settings_);
  }

  // The pod as it is after the patch.
  json::Value Injected(json::Value pod) {
    const Injection injection = Do(pod);
    EXPECT_EQ(injection.verdict, Verdict::kInject) << injection.why;
    const Status applied = Apply(injection.patch, pod);
    EXPECT_TRUE(applied.ok()) << applied;
    return pod;
  }

  static std::string Text(const json::Value& document, const char* place) {
    const json::Value* value = At(document, place);
    return value != nullptr ? json::Serialize(*value) : "nothing";
  }

  // The variable of the sidecar.
  static std::string Variable(const json::Value& pod, const char* name) {
    const json::Value* env = At(pod, "/spec/initContainers/0/env");
    if (env == nullptr) return "no variables";
    for (const json::Value& each : env->get_array()) {
      if (json::GetString(each.get_object(), "name") == name) {
        return json::GetString(each.get_object(), "value").value_or("?");
      }
    }
    return "nothing";
  }

  Settings settings_ = TestSettings();
};

TEST_F(InjectionTest, TheSidecarIsNativeAndTheFirstOfTheInitContainers) {
  const json::Value pod = Injected(Parsed(kPod));
  const std::string sidecar = "/spec/initContainers/0";
  EXPECT_EQ(Text(pod, "/spec/initContainers/0/name"), R"("herald")");
  EXPECT_EQ(Text(pod, "/spec/initContainers/0/restartPolicy"), R"("Always")");
  EXPECT_EQ(Text(pod, "/spec/initContainers/0/image"),
            R"("registry.example/herald:1")");
  EXPECT_EQ(Text(pod, "/spec/initContainers/0/args"), R"(["sidecar"])");
  EXPECT_EQ(Text(pod, "/spec/initContainers/1/name"), R"("fetch")");
  EXPECT_EQ(Text(pod, "/metadata/annotations/herald.dev~1injected"),
            R"("true")");
}

TEST_F(InjectionTest, KubeletCanTellHowTheSidecarIs) {
  const json::Value pod = Injected(Parsed(kPod));
  for (const auto& [probe, path] : {std::pair("startupProbe", "/livez"),
                                    std::pair("livenessProbe", "/livez"),
                                    std::pair("readinessProbe", "/readyz")}) {
    const std::string place = std::string("/spec/initContainers/0/") + probe;
    EXPECT_EQ(Text(pod, (place + "/httpGet").c_str()),
              std::string(R"({"path":")") + path + R"(","port":15002})");
  }
  EXPECT_EQ(Text(pod, "/spec/initContainers/0/lifecycle/preStop/exec/command"),
            R"(["/herald","drain"])");
}

TEST_F(InjectionTest, TheSidecarMayDoNothingThatItNeedNot) {
  const json::Value pod = Injected(Parsed(kPod));
  EXPECT_EQ(Text(pod, "/spec/initContainers/0/securityContext"),
            R"({"runAsNonRoot":true,"runAsUser":65532,"runAsGroup":65532,)"
            R"("readOnlyRootFilesystem":true,)"
            R"("allowPrivilegeEscalation":false,"privileged":false,)"
            R"("capabilities":{"drop":["ALL"]},)"
            R"("seccompProfile":{"type":"RuntimeDefault"}})");
  EXPECT_EQ(Text(pod, "/spec/initContainers/0/resources/limits"),
            R"({"memory":"128Mi"})");
}

TEST_F(InjectionTest, TheSidecarKnowsItsPodAndHasATokenOfItsOwn) {
  const json::Value pod = Injected(Parsed(kPod));
  std::vector<std::string> names;
  for (const json::Value& each :
       At(pod, "/spec/initContainers/0/env")->get_array()) {
    names.push_back(*json::GetString(each.get_object(), "name"));
  }
  EXPECT_THAT(names, ElementsAre("POD_NAME", "POD_NAMESPACE", "POD_UID",
                                 "POD_IP", "NODE_NAME", "TOPOLOGY_REGION",
                                 "TOPOLOGY_ZONE", "HERALD_CONFIG"));
  EXPECT_EQ(Text(pod, "/spec/volumes/3/projected/sources/0"),
            R"({"serviceAccountToken":{"path":"token",)"
            R"("expirationSeconds":3600}})");
  settings_.sidecar.token_audience = "herald";
  EXPECT_THAT(Text(Injected(Parsed(kPod)), "/spec/volumes/3"),
              HasSubstr(R"("audience":"herald")"));
}

TEST_F(InjectionTest, EveryContainerLearnsWhereTheSidecarIs) {
  const json::Value pod = Injected(Parsed(kPod));
  // What a container says itself stays.
  EXPECT_EQ(Text(pod, "/spec/containers/0/env"),
            R"([{"name":"HERALD_SOCKET","value":"unix:/mine"},)"
            R"({"name":"HERALD_AGENTS_ADDRESS","value":"127.0.0.1:15001"}])");
  for (const char* place :
       {"/spec/containers/1/env", "/spec/initContainers/1/env"}) {
    EXPECT_EQ(Text(pod, place),
              R"([{"name":"HERALD_SOCKET",)"
              R"("value":"unix:/run/herald/agents.sock"},)"
              R"({"name":"HERALD_AGENTS_ADDRESS","value":"127.0.0.1:15001"}])");
  }
  EXPECT_EQ(Text(pod, "/spec/containers/0/volumeMounts/1"),
            R"({"name":"herald-socket","mountPath":"/run/herald",)"
            R"("readOnly":true})");
}

TEST_F(InjectionTest, TheConfigurationComesFromSettingsAndPod) {
  settings_.sidecar.configuration = {{"node", {{"site", {{"country", "FR"}}}}},
                                     {"listen", {{"mesh", "[::]:15443"}}},
                                     {"policy", json::Array{"$(HOME)/p"}}};
  EXPECT_EQ(Variable(Injected(Parsed(kPod)), "HERALD_CONFIG"),
            R"(node:
  site:
    country: DE
    tier: NearEdge
identity:
  certificate: /run/secrets/herald/tls.crt
  key: /run/secrets/herald/tls.key
  trust: /run/secrets/herald/ca.crt
agents:
- name: planner
  address: "127.0.0.1:8080"
listen:
  agents:
  - address: "127.0.0.1:15001"
  - address: unix:/run/herald/agents.sock
    access: everybody
  health: "0.0.0.0:15002"
  mesh: "[::]:15443"
policy:
- "$$(HOME)/p"
)");
}

TEST_F(InjectionTest, TheFirstSiteRuleThatFitsCounts) {
  settings_.sites = {
      {.namespaces = {"other"}, .site = json::Object{{"country", "FR"}}},
      {.node_selector = {{"region", "eu"}},
       .site = json::Object{{"country", "IT"}}},
      {.namespaces = {"cl*"}, .site = json::Object{{"country", "DE"}}},
      {.site = json::Object{{"country", "US"}}}};
  auto country = [this](const json::Value& pod) {
    const std::string text = Variable(Injected(pod), "HERALD_CONFIG");
    return text.substr(text.find("country: ") + 9, 2);
  };
  EXPECT_EQ(country(Parsed(kPod)), "DE");
  EXPECT_EQ(country(PodWith("", R"(, "nodeSelector": {"region": "eu"})")),
            "IT");
  settings_.sites.erase(settings_.sites.begin() + 2);
  EXPECT_EQ(country(Parsed(kPod)), "US");
}

TEST_F(InjectionTest, AConfigMapTakesThePlaceOfTheSettingsConfiguration) {
  const json::Value pod =
      Injected(PodWith(R"("annotations": {"herald.dev/config": "mine"})", ""));
  EXPECT_EQ(Text(pod, "/spec/initContainers/0/args"),
            R"(["sidecar","--config","/etc/herald/herald.yaml"])");
  EXPECT_EQ(Variable(pod, "HERALD_CONFIG"), "nothing");
  EXPECT_EQ(Text(pod, "/spec/volumes/4"),
            R"({"name":"herald-config","configMap":{"name":"mine"}})");
}

TEST_F(InjectionTest, TheSettingsBringFilesOfTheirOwn) {
  settings_.sidecar.files = {{.secret = true, .name = "edge.kubeconfig"},
                             {.name = "peers"}};
  const json::Value pod = Injected(PodWith("", ""));
  EXPECT_EQ(Text(pod, "/spec/volumes/4"),
            R"({"name":"herald-files-edge-kubeconfig",)"
            R"("secret":{"secretName":"edge.kubeconfig"}})");
  EXPECT_EQ(Text(pod, "/spec/volumes/5"),
            R"({"name":"herald-files-peers","configMap":{"name":"peers"}})");
  EXPECT_EQ(Text(pod, "/spec/initContainers/0/volumeMounts/4"),
            R"({"name":"herald-files-edge-kubeconfig",)"
            R"("mountPath":"/etc/herald-files/edge.kubeconfig",)"
            R"("readOnly":true})");
}

TEST_F(InjectionTest, IdentityComesFromASecretOrACsiDriver) {
  EXPECT_EQ(Text(Injected(Parsed(kPod)), "/spec/volumes/4"),
            R"({"name":"herald-identity",)"
            R"("secret":{"secretName":"herald-planner"}})");
  settings_.sidecar.identity = {
      .driver = "spiffe.csi.cert-manager.io",
      .attributes = {{"who", "{namespace}/{serviceAccount}"}}};
  EXPECT_EQ(Text(Injected(PodWith("", "")), "/spec/volumes/3"),
            R"({"name":"herald-identity",)"
            R"("csi":{"driver":"spiffe.csi.cert-manager.io","readOnly":true,)"
            R"("volumeAttributes":{"who":"claims/default"}}})");
}

TEST_F(InjectionTest, APodWithNothingButAContainerIsInjected) {
  for (const char* text :
       {R"({"spec": {"containers": [{"name": "a"}]}})",
        R"({"metadata": {}, "spec": {"containers": [{"name": "a"}]}})",
        R"({"metadata": {"annotations": null},
               "spec": {"containers": [{"name": "a", "env": null}],
                        "initContainers": null, "volumes": null}})"}) {
    const json::Value pod = Injected(Parsed(text));
    EXPECT_EQ(Text(pod, "/spec/initContainers/0/name"), R"("herald")") << text;
    EXPECT_EQ(Text(pod, "/metadata/annotations/herald.dev~1injected"),
              R"("true")");
  }
}

TEST_F(InjectionTest, AnInjectedPodIsLeftAlone) {
  for (const json::Value& pod : {Parsed(kPod), PodWith("", "")}) {
    const Injection again = Do(Injected(pod));
    EXPECT_EQ(again.verdict, Verdict::kLeave);
    EXPECT_TRUE(again.wished);
    EXPECT_EQ(again.why, "it has a sidecar");
  }
}

TEST_F(InjectionTest, AMarkWithoutASidecarCountsForNothing) {
  EXPECT_EQ(Do(PodWith(R"("annotations": {"herald.dev/injected": "true"})", ""))
                .verdict,
            Verdict::kInject);
}

struct LeftAlone {
  const char* metadata;
  const char* spec;
  bool wished;
  const char* why;
};

class LeftAloneTest : public InjectionTest,
                      public testing::WithParamInterface<LeftAlone> {};

TEST_P(LeftAloneTest, SaysWhy) {
  const Injection injection = Do(PodWith(GetParam().metadata, GetParam().spec));
  EXPECT_EQ(injection.verdict, Verdict::kLeave);
  EXPECT_EQ(injection.wished, GetParam().wished);
  EXPECT_THAT(injection.why, HasSubstr(GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    Pods, LeftAloneTest,
    testing::Values(
        LeftAlone{R"("annotations": {"herald.dev/inject": "false"})", "", true,
                  "herald.dev/inject is \"false\""},
        LeftAlone{R"("labels": {"herald.dev/inject": "false"})", "", true,
                  "herald.dev/inject is \"false\""},
        LeftAlone{R"("annotations": {"kubernetes.io/config.mirror": "1f"})", "",
                  true, "kubelet"},
        LeftAlone{"", R"(, "hostNetwork": true)", false, "node's network"},
        LeftAlone{"", R"(, "os": {"name": "windows"})", false, "Windows"},
        LeftAlone{"", R"(, "volumes": [{"name": "herald-state"}])", false,
                  "'herald-state'"}));

TEST_F(InjectionTest, AnotherContainerOfOurNameIsNotTakenForASidecar) {
  const Injection injection =
      Do(Parsed(R"({"spec": {"containers": [{"name": "herald"}]}})"));
  EXPECT_EQ(injection.verdict, Verdict::kLeave);
  EXPECT_FALSE(injection.wished);
}

TEST_F(InjectionTest, AnyOtherWordThanFalseDoesNotOptOut) {
  EXPECT_EQ(Do(PodWith(R"("annotations": {"herald.dev/inject": "true"})", ""))
                .verdict,
            Verdict::kInject);
}

TEST_F(InjectionTest, AWrongAnnotationIsRefusedWithItsPlace) {
  const Injection injection =
      Do(PodWith(R"("annotations": {"herald.dev/agents": "planner"})", ""));
  EXPECT_EQ(injection.verdict, Verdict::kRefuse);
  EXPECT_EQ(injection.at, "/metadata/annotations/herald.dev~1agents");
  EXPECT_THAT(injection.why, HasSubstr("is not NAME=PORT"));
}

TEST_F(InjectionTest, WhatIsNoPodIsRefusedWithThePlace) {
  for (const auto& [text, at] :
       {std::pair("[]", ""), std::pair("{}", "/spec"),
        std::pair(R"({"spec": {"containers": []}})", "/spec"),
        std::pair(R"({"spec": {"containers": {}}})", "/spec/containers"),
        std::pair(R"({"spec": 1})", "/spec"),
        std::pair(R"({"metadata": []})", "/metadata")}) {
    const Injection injection = Do(Parsed(text));
    EXPECT_EQ(injection.verdict, Verdict::kRefuse) << text;
    EXPECT_EQ(injection.at, at) << text;
  }
}

TEST_F(InjectionTest, TheConfigurationFitsAVariable) {
  settings_.sidecar.configuration["policy"] =
      json::Array{std::string(kMaxConfiguration, 'p')};
  EXPECT_EQ(Do(Parsed(kPod)).verdict, Verdict::kRefuse);
  settings_.sidecar.configuration["policy"] =
      json::Array{std::string(kMaxConfiguration / 2, 'p')};
  EXPECT_EQ(Do(Parsed(kPod)).verdict, Verdict::kInject);
}

TEST(JsonPatchTest, RefusesWhatHasNoPlace) {
  json::Value document = Parsed(R"({"a": [1]})");
  for (const char* text : {R"([{"op": "add", "path": "/b/c", "value": 1}])",
                           R"([{"op": "add", "path": "/a/3", "value": 1}])",
                           R"([{"op": "add", "path": "/a/x", "value": 1}])",
                           R"([{"op": "remove", "path": "/a", "value": 1}])",
                           R"([{"op": "add", "path": "", "value": 1}])",
                           R"([{"op": "add", "path": "/a"}])", "[1]"}) {
    EXPECT_FALSE(Apply(Parsed(text).get_array(), document).ok()) << text;
  }
  EXPECT_EQ(json::Serialize(document), R"({"a":[1]})");
}

TEST(JsonPatchTest, AddsAtTheFrontInTheMiddleAndAtTheEnd) {
  json::Value document = Parsed(R"({"a": [1], "b/~": {}})");
  ASSERT_TRUE(Apply(Parsed(R"([{"op": "add", "path": "/a/0", "value": 0},
                               {"op": "add", "path": "/a/1", "value": 9},
                               {"op": "add", "path": "/a/-", "value": 2},
                               {"op": "add", "path": "/b~1~0/c", "value": 3},
                               {"op": "add", "path": "/b~1~0/c", "value": 4}])")
                        .get_array(),
                    document)
                  .ok());
  EXPECT_EQ(json::Serialize(document), R"({"a":[0,9,1,2],"b/~":{"c":4}})");
}

}  // namespace
}  // namespace herald::injector
