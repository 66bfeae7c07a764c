// The addresses are relative: the server may stand behind a proxy that adds a path before them.
window.addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({
    url: "openapi.json",
    dom_id: "#docs",
    layout: "BaseLayout",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    validatorUrl: null, // it would be another host's
    // The browser would ask for a user name by itself, and hold the answer back until it got one.
    requestInterceptor: (request) => ({ ...request, credentials: "omit" }),
  });
});
