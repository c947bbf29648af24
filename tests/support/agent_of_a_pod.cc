// SPDX-License-Identifier: Apache-2.0
#include "tests/support/agent_of_a_pod.h"

namespace herald::test {

std::string AgentOfAPod::Name() const {
  std::string out = "summarizer-6d4cf56db6-" + std::to_string(number);
  return generation == 0 ? out : out + "-" + std::to_string(generation);
}

std::string AgentOfAPod::Namespace() const {
  return "team-" + std::to_string(number % namespaces);
}

std::string AgentOfAPod::Text() const {
  const std::string name = Name();
  const std::string space = Namespace();
  std::string fields;
  if (managed) {
    fields =
        R"(,"managedFields":[{"manager":"herald","operation":"Apply",)"
        R"("apiVersion":"herald.dev/v1alpha1","time":"2026-11-21T10:00:00Z",)"
        R"("fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{)"
        R"("f:ownerReferences":{"k:{\"uid\":\"5f0c\"}":{}}},"f:spec":{)"
        R"("f:address":{},"f:agents":{},"f:identity":{},"f:site":{)"
        R"("f:country":{},"f:operator":{},"f:operatorControl":{},)"
        R"("f:region":{},"f:tier":{},"f:zone":{}}}}},{"manager":"herald",)"
        R"("operation":"Apply","apiVersion":"herald.dev/v1alpha1",)"
        R"("time":"2026-11-21T10:00:01Z","fieldsType":"FieldsV1",)"
        R"("fieldsV1":{"f:status":{"f:policyHash":{},"f:ready":{}}},)"
        R"("subresource":"status"}])";
  }
  return R"({"apiVersion":"herald.dev/v1alpha1","kind":"Agent","metadata":{)"
         R"("creationTimestamp":"2026-11-21T10:00:00Z","generation":1,)"
         R"("name":")" +
         name + R"(","namespace":")" + space +
         R"(","ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":")" +
         name +
         R"(","uid":"5f0c4a7e-8a0e-4a39-9a55-0d5b9f2c4e11"}],)"
         R"("resourceVersion":")" +
         std::to_string(version) +
         R"(","uid":"7d7f9c36-0a6b-4d43-8d38-5b1b4bb2f0a3")" + fields +
         R"(},"spec":{"address":"10.)" + std::to_string(number >> 16 & 255) +
         "." + std::to_string(number >> 8 & 255) + "." +
         std::to_string(number & 255) +
         R"(:15443","agents":[{"name":"summarizer-)" +
         std::to_string(number / 20) +
         R"(","skills":["summarize","translate"],"tags":["text"],)"
         R"("inputModes":["text/plain"],"outputModes":["application/json"]}],)"
         R"("identity":"spiffe://acme.example/ns/)" +
         space +
         R"(/sa/summarizer","site":{"country":"DE","operator":"acme",)"
         R"("operatorControl":["DE"],"region":"eu-central","tier":"NearEdge",)"
         R"("zone":"eu-central-a"}},"status":{"policyHash":"b1946ac92492d234",)"
         R"("ready":)" +
         (ready ? "true" : "false") + "}}";
}

}  // namespace herald::test
