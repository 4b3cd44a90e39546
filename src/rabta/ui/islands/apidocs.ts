// The description of the API, shown by Swagger UI from our own files.
declare const SwaggerUIBundle: (options: object) => unknown;

SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
  supportedSubmitMethods: ["get"],
});

export {};
