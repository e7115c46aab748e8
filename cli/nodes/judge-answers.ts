import type { ChecksAnswer, NodeAnswer, RenewalAnswer, VolumeAnswer, VolumeSummary } from '../../driver/admin/answers.ts';

/*
 * A node may be stolen, or be of a newer version: what it answers is looked at before it is shown, so that no form of it can make the rest fail.
 * Fields that are unknown are let pass; the texts themselves are made safe where they are printed.
 */

type Fields = Readonly<Record<string, unknown>>;

export function isNodeAnswer(answer: unknown): answer is NodeAnswer {
  return (
    isObject(answer) &&
    answer['apiVersion'] === 1 &&
    isDriver(answer['driver']) &&
    areAll(answer['volumes'], isSummary) &&
    areTexts(answer, ['nowAt'])
  );
}

export function isVolumeAnswer(answer: unknown): answer is VolumeAnswer {
  if (!isObject(answer) || !isSummary(answer)) return false;
  return (
    areTexts(answer, ['targetPath']) &&
    areAll(answer['files'], (file) => isObject(file) && areTexts(file, ['name', 'mode']) && typeof file['sizeBytes'] === 'number') &&
    areAll(answer['chain'], isCertificate) &&
    areAll(answer['history'], (entry) => isObject(entry) && areTexts(entry, ['at', 'kind', 'message']))
  );
}

export function isRenewalAnswer(answer: unknown): answer is RenewalAnswer {
  return (
    isObject(answer) &&
    areTexts(answer, ['volumeId', 'receivedAt']) &&
    typeof answer['generation'] === 'number' &&
    typeof answer['failures'] === 'number'
  );
}

export function isChecksAnswer(answer: unknown): answer is ChecksAnswer {
  const isCheck = (check: unknown) =>
    isObject(check) && areTexts(check, ['name', 'outcome', 'finding']) && areTexts(check, ['cure'], true) && OUTCOMES.has(check['outcome']);
  return isObject(answer) && isDriver(answer['driver']) && areAll(answer['checks'], isCheck);
}

const OUTCOMES = new Set<unknown>(['ok', 'warning', 'failed', 'unknown']);

function isDriver(value: unknown): boolean {
  return isObject(value) && areTexts(value, ['version', 'driverName', 'nodeId', 'startedAt']);
}

function isSummary(value: unknown): value is VolumeSummary {
  return (
    isObject(value) &&
    areTexts(value, ['volumeId', 'volume', 'state']) &&
    areTexts(value, ['receivedAt', 'notAfterAt', 'renewAt'], true) &&
    ['undefined', 'number'].includes(typeof value['generation']) &&
    [undefined, true].includes(value['isNewKeyAwaited'] as undefined) &&
    areAll(value['names'], isText) &&
    isPart(value['health'], ['kind', 'message'], ['reason']) &&
    isPart(value['pod'] ?? NO_POD, Object.keys(NO_POD)) &&
    isPart(value['issuer'] ?? NO_ISSUER, Object.keys(NO_ISSUER)) &&
    isPart(value['waiting'] ?? { reason: '' }, ['reason'], ['requestName']) &&
    isFailing(value['failing'])
  );
}

const NO_POD = { namespace: '', name: '', uid: '' };
const NO_ISSUER = { name: '', kind: '', group: '' };

function isFailing(value: unknown): boolean {
  if (value === undefined) return true;
  return (
    isObject(value) &&
    typeof value['failures'] === 'number' &&
    areTexts(value, ['sinceAt']) &&
    isPart(value['failure'], ['code', 'message'])
  );
}

function isCertificate(value: unknown): boolean {
  const texts = ['subject', 'issuer', 'serial', 'notBeforeAt', 'notAfterAt', 'key', 'fingerprint'];
  return isObject(value) && areTexts(value, texts) && areAll(value['names'], isText);
}

function isPart(value: unknown, texts: readonly string[], perhaps: readonly string[] = []): boolean {
  return isObject(value) && areTexts(value, texts) && areTexts(value, perhaps, true);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function areTexts(fields: Fields, names: readonly string[], mayBeAbsent = false): boolean {
  return names.every((name) => isText(fields[name]) || (mayBeAbsent && fields[name] === undefined));
}

function areAll(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}
