import { expect, it } from "vitest";
import { accessChangeOf, accessDraftOf, accessFaultsOf, type ShownAccess } from "./accessDraft";

const shown: ShownAccess = {
  header_names: ["X-Key", "X-Other"],
  authentication: {
    kind: "basic",
    username: "us",
    token_url: null,
    client_id: null,
    scope: null,
    sent_in: null,
  },
  ca_certificates: [{ subject: "CN=House", expires_at: "2030-01-01T00:00:00Z", sha256: "aa" }],
  client_certificate: { subject: "CN=us", expires_at: "2030-01-01T00:00:00Z", sha256: "bb" },
};

it("changes nothing that was not touched, so that kept secrets are never asked for again", () => {
  expect(accessChangeOf(accessDraftOf())).toEqual({});
  expect(accessChangeOf(accessDraftOf(shown), shown)).toEqual({});
  expect(accessFaultsOf(accessDraftOf(shown), "Needed")).toEqual({});
});

it("takes a removed header away by null and gives only new values", () => {
  const draft = accessDraftOf(shown);
  draft.headers = [
    { name: "X-Other", value: "new", isStored: true },
    { name: " X-New ", value: "1", isStored: false },
    { name: "", value: "", isStored: false },
  ];
  expect(accessChangeOf(draft, shown)).toEqual({
    headers: { "X-Key": null, "X-Other": "new", "X-New": "1" },
  });
});

it("removes what is replaced by nothing", () => {
  const draft = {
    ...accessDraftOf(shown),
    keepsAuthentication: false,
    authentication: "none" as const,
    keepsAuthorities: false,
    keepsCertificate: false,
  };
  expect(accessChangeOf(draft, shown)).toEqual({
    authentication: null,
    ca_certificates: null,
    client_certificate: null,
  });
});

it("gives authentication whole, and says what is missing", () => {
  const draft = { ...accessDraftOf(), authentication: "oauth2" as const, clientId: "us" };
  expect(Object.keys(accessFaultsOf(draft, "Needed"))).toEqual(["token_url", "client_secret"]);
  const whole = { ...draft, tokenUrl: " https://id.example/t ", clientSecret: "word" };
  expect(accessFaultsOf(whole, "Needed")).toEqual({});
  expect(accessChangeOf(whole)).toEqual({
    authentication: {
      kind: "oauth2",
      token_url: "https://id.example/t",
      client_id: "us",
      client_secret: "word",
      scope: "",
      sent_in: "header",
    },
  });
});

it("wants both halves of a header and of a client certificate", () => {
  const draft = accessDraftOf();
  draft.headers = [{ name: "X-Key", value: "", isStored: false }];
  draft.certificate = "-----BEGIN CERTIFICATE-----";
  expect(Object.keys(accessFaultsOf(draft, "Needed"))).toEqual(["headers.0", "private_key"]);
});
