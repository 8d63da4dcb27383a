{{- define "renewal.labels" -}}
app.kubernetes.io/name: renewal
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "renewal.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end }}

{{- /* Non-root, nothing to write to, no way to more rights. */ -}}
{{- define "renewal.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user | default 10001 }}
  runAsGroup: {{ .user | default 10001 }}
  fsGroup: {{ .user | default 10001 }}
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "renewal.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- /* On different machines, where there are several. */ -}}
{{- define "renewal.apart" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "renewal.labels" . | nindent 8 }}
{{- end }}

{{- define "renewal.mounts" -}}
- {name: secrets, mountPath: /run/secrets, readOnly: true}
- {name: home, mountPath: /var/lib/renewal}
- {name: scratch, mountPath: /tmp}
{{- end }}

{{- define "renewal.productVolumes" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret: {name: {{ .Values.secrets.renewal | quote }}}
      - secret: {name: {{ .Values.secrets.authorities | quote }}, items: [{key: bundle.pem, path: authorities}]}
- {name: home, emptyDir: {sizeLimit: 64Mi}}
- {name: scratch, emptyDir: {sizeLimit: 512Mi}}
{{- end }}

{{- define "renewal.prefectVolumes" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret: {name: {{ .Values.secrets.prefect | quote }}}
      - secret:
          name: {{ .Values.secrets.redis | quote }}
          items:
            - {key: PREFECT_REDIS_MESSAGING_URL, path: PREFECT_REDIS_MESSAGING_URL}
            - {key: PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL, path: PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL}
            - {key: PREFECT_SERVER_DOCKET_URL, path: PREFECT_SERVER_DOCKET_URL}
      - secret: {name: {{ .Values.secrets.authorities | quote }}, items: [{key: bundle.pem, path: authorities}]}
- {name: home, emptyDir: {sizeLimit: 256Mi}}
- {name: scratch, emptyDir: {sizeLimit: 64Mi}}
{{- end }}

{{- define "renewal.prefectUrl" -}}
http://{{ .Release.Name }}-prefect-api:4200/api
{{- end }}

{{- define "renewal.productEnvironment" -}}
- {name: RENEWAL_ENVIRONMENT, value: production}
- {name: RENEWAL_LOG_JSON, value: "true"}
- {name: RENEWAL_PUBLIC_URL, value: {{ printf "https://%s" .Values.hosts.web | quote }}}
- {name: RENEWAL_PREFECT_API_URL, value: {{ include "renewal.prefectUrl" . | quote }}}
- {name: RENEWAL_STORE__SECURE, value: "true"}
- {name: PREFECT_API_URL, value: {{ include "renewal.prefectUrl" . | quote }}}
- {name: PREFECT_CLIENT_RETRY_EXTRA_CODES, value: "500"}
- {name: SSL_CERT_FILE, value: /run/secrets/authorities}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "renewal.prefectEnvironment" -}}
{{- range .Files.Lines "files/prefect.env" }}
{{- if hasPrefix "PREFECT_" . }}
{{- $pair := splitn "=" 2 . }}
- {name: {{ $pair._0 }}, value: {{ trimAll "'" $pair._1 | quote }}}
{{- end }}
{{- end }}
- {name: PREFECT_API_URL, value: {{ include "renewal.prefectUrl" . | quote }}}
- {name: SSL_CERT_FILE, value: /run/secrets/authorities}
- {name: PREFECT_SERVER_API_HOST, value: 0.0.0.0}
- {name: PREFECT_SERVER_API_PORT, value: "4200"}
- {name: PREFECT_SERVER_CORS_ALLOWED_ORIGINS, value: {{ printf "https://%s" .Values.hosts.staff | quote }}}
- {name: PREFECT_SERVER_UI_API_URL, value: {{ printf "https://%s/api" .Values.hosts.staff | quote }}}
{{- end }}
