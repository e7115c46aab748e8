{{/* What all objects are called. */}}
{{- define "podcert.name" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride }}
{{- else if contains "podcert" .Release.Name -}}
{{ .Release.Name }}
{{- else -}}
{{ .Release.Name }}-podcert
{{- end -}}
{{- end -}}

{{/* By these the DaemonSet finds its pods: they must stay the same for as long as it is there. */}}
{{- define "podcert.podLabels" -}}
app.kubernetes.io/name: podcert
{{- end -}}

{{/* Of every object; no label of the user's goes before these. */}}
{{- define "podcert.labels" -}}
{{- $own := include "podcert.podLabels" . | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/instance" .Release.Name -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service -}}
{{- $_ := set $own "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_")) -}}
{{ merge $own .Values.commonLabels | toYaml }}
{{- end -}}

{{/* A digest goes before a tag, and a tag before the version. */}}
{{- define "podcert.image" -}}
{{- with .Values.image -}}
{{- if hasSuffix "cert-manager-csi-driver" .repository -}}
{{- fail (printf "image.repository: %q is the image of csi-driver; name your copy of podcert" .repository) -}}
{{- end -}}
{{- with .registry -}}{{ . }}/{{- end -}}
{{ .repository }}
{{- if .digest -}}@{{ .digest }}{{- else -}}:{{ .tag | default $.Chart.AppVersion }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The folder of csi.sock on the node: under csi-driver's name the one that csi-driver has. */}}
{{- define "podcert.pluginDir" -}}
{{- $name := .Values.app.driver.name -}}
{{ .Values.app.kubeletRootDir }}/plugins/{{ eq $name "csi.cert-manager.io" | ternary "cert-manager-csi-driver" $name }}
{{- end -}}

{{/* Who the driver is to the API server. */}}
{{- define "podcert.username" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "podcert.name" . }}
{{- end -}}

{{/* Not empty where OpenShift's objects are wanted. */}}
{{- define "podcert.openshift" -}}
{{- $enabled := .Values.openshift.securityContextConstraint.enabled -}}
{{- if kindIs "string" $enabled -}}
{{- if .Capabilities.APIVersions.Has "security.openshift.io/v1" }}yes{{ end -}}
{{- else if $enabled -}}
yes
{{- end -}}
{{- end -}}

{{/* Ends the rendering of what needs a ValidatingAdmissionPolicy and the node in a token, where they are not there. */}}
{{- define "podcert.needsPolicies" -}}
{{- if semverCompare "<1.30.0-0" .root.Capabilities.KubeVersion.Version -}}
{{- fail (printf "%s.enabled: needs Kubernetes 1.30, and this is %s; leave it false" .value .root.Capabilities.KubeVersion.Version) -}}
{{- end -}}
{{- end -}}
