// A token that stands behind the # (as in the operator's link) is filled in, and taken out of the address bar.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) history.replaceState(null, "", location.pathname);

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#calls",
  deepLinking: !token,
  // Nothing is sent anywhere but to this relay.
  validatorUrl: null,
  onComplete: () => {
    if (token) ["operator", "reader"].forEach((scheme) => ui.preauthorizeApiKey(scheme, token));
  },
});
