/** The messages of an ONNX file, with the field numbers of onnx.proto3; a field that is not named here survives a round trip. */
import protobuf from 'protobufjs';

/** Functions, training info, sparse tensors and annotations are left to the unknown fields: nothing here edits them. */
const PROTO = `
syntax = "proto3";
package onnx;
message Entry { string key = 1; string value = 2; }
message OperatorSet { string domain = 1; int64 version = 2; }
message Model {
  int64 ir_version = 1; string producer_name = 2; string producer_version = 3; string domain = 4;
  int64 model_version = 5; string doc_string = 6; Graph graph = 7; repeated OperatorSet opset_import = 8;
  repeated Entry metadata_props = 14;
}
message Graph {
  repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; string doc_string = 10;
  repeated ValueInfo input = 11; repeated ValueInfo output = 12; repeated ValueInfo value_info = 13;
}
message Node {
  repeated string input = 1; repeated string output = 2; string name = 3; string op_type = 4;
  repeated Attribute attribute = 5; string doc_string = 6; string domain = 7;
}
message Attribute {
  string name = 1; float f = 2; int64 i = 3; bytes s = 4; Tensor t = 5; Graph g = 6;
  repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9;
  repeated Tensor tensors = 10; repeated Graph graphs = 11; int32 type = 20; string ref_attr_name = 21;
}
message Tensor {
  repeated int64 dims = 1; int32 data_type = 2; repeated float float_data = 4; repeated int32 int32_data = 5;
  repeated bytes string_data = 6; repeated int64 int64_data = 7; string name = 8; bytes raw_data = 9;
  repeated double double_data = 10; repeated uint64 uint64_data = 11; repeated Entry external_data = 13;
  int32 data_location = 14;
}
message ValueInfo { string name = 1; ValueType type = 2; string doc_string = 3; }
message ValueType { TensorType tensor_type = 1; string denotation = 6; }
message TensorType { int32 elem_type = 1; Shape shape = 2; }
message Shape { repeated Dimension dim = 1; }
message Dimension { oneof value { int64 dim_value = 1; string dim_param = 2; } string denotation = 3; }
`;

const root = protobuf.parse(PROTO).root;
export const ModelMessage = root.lookupType('onnx.Model');
export const GraphMessage = root.lookupType('onnx.Graph');
export const TensorMessage = root.lookupType('onnx.Tensor');

/** What decoding gives for int64 (a Long, for nothing may be rounded); encoding takes plain numbers as well. */
export type Int64 = number | { readonly low: number; readonly high: number; toNumber(): number };

export const toNumber = (value: Int64): number => (typeof value === 'number' ? value : value.toNumber());

/**
 * A message with some fields changed. A spread would lose two things: the defaults, which live in the prototype, and
 * the unknown fields, which protobufjs keeps in a hidden property.
 */
export function copyWith<T extends object>(message: T, changes: Partial<T>): T {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(message)), message, changes) as T;
  const unknown = Object.getOwnPropertyDescriptor(message, '$unknowns');
  return unknown ? Object.defineProperty(copy, '$unknowns', unknown) : copy;
}

/** TensorProto.DataType: those that are read or written here. */
export const DATA_TYPE = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const;

export type OnnxTensor = {
  name: string;
  dims: Int64[];
  dataType: number;
  rawData: Uint8Array;
  floatData: number[];
  int32Data: number[];
  int64Data: Int64[];
  /** 1: the numbers are in another file. */
  dataLocation: number;
};

export type OnnxAttribute = {
  name: string;
  /** AttributeProto.AttributeType. */
  type: number;
  f: number;
  i: Int64;
  s: Uint8Array;
  t: OnnxTensor | null;
  g: OnnxGraph | null;
  floats: number[];
  ints: Int64[];
  graphs: OnnxGraph[];
};

export type OnnxNode = {
  name: string;
  opType: string;
  domain: string;
  input: string[];
  output: string[];
  attribute: OnnxAttribute[];
};

export type OnnxValueInfo = {
  name: string;
  type: {
    tensorType: { elemType: number; shape: { dim: { dimValue?: Int64; dimParam?: string }[] } | null } | null;
  } | null;
};

export type OnnxGraph = {
  name: string;
  node: OnnxNode[];
  initializer: OnnxTensor[];
  input: OnnxValueInfo[];
  output: OnnxValueInfo[];
  valueInfo: OnnxValueInfo[];
};

export type OnnxModel = {
  irVersion: Int64;
  producerName: string;
  opsetImport: { domain: string; version: Int64 }[];
  graph: OnnxGraph;
};
