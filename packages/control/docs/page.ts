/** The page around the renderer. It names nothing but this control, whose policy would stop it from asking anybody else. */
export const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Atoll API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<noscript>This page needs JavaScript. The description itself is at <a href="/v1/openapi.json">/v1/openapi.json</a>.</noscript>
<main id="description"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/page.js"></script>
</body>
</html>
`

/** It shows and sends nothing: a page that could would be worth attacking. */
export const script = `'use strict'
SwaggerUIBundle({
  url: '/v1/openapi.json',
  dom_id: '#description',
  deepLinking: true,
  docExpansion: 'list',
  filter: true,
  displayOperationId: true,
  defaultModelsExpandDepth: -1,
  defaultModelExpandDepth: 3,
  supportedSubmitMethods: [],
  validatorUrl: null,
})
`

/** The description says what each route needs, so there is nothing to unlock here. */
export const style = `body { margin: 0 }
noscript { display: block; padding: 2rem; font-family: sans-serif }
.swagger-ui .scheme-container, .swagger-ui .authorization__btn, .swagger-ui .try-out { display: none }
.swagger-ui .parameters-col_description :is(input, select, textarea), .swagger-ui .response-col_links { display: none }
.swagger-ui .response-control-media-type__accept-message { display: none }
.swagger-ui .info { margin: 2rem 0 }
.swagger-ui .opblock .opblock-summary-operation-id { flex-shrink: 0; white-space: nowrap; word-break: normal }
.swagger-ui .opblock .opblock-summary-path { flex-shrink: 1; max-width: none; word-break: break-word }
`
