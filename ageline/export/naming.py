"""Names and an order for the parts of an ONNX graph that depend on the graph alone.

tf2onnx counts its names through all that a process converts, and Python goes through sets of them in another order in
each process: two conversions of one model would be other bytes.
"""

from collections.abc import Mapping
from itertools import chain

from onnx import ModelProto, NodeProto, TensorProto


def name_anew(model: ModelProto, known: Mapping[str, str]) -> None:
    """Order nodes and weights by how the outputs depend on them, and name what `known` has no name for by that order.

    What no output depends on is left out.

    Raises:
        ValueError: a node has a graph of its own, as an If or a Loop does.
    """
    nodes = _in_order(model)
    names = _names(nodes, known)
    weights = {weight.name: weight for weight in model.graph.initializer}
    used = [name for name in dict.fromkeys(chain.from_iterable(node.input for node in nodes)) if name in weights]
    kept = [_renamed_weight(weights[name], names) for name in used]
    for node in nodes:
        _rename(node, names)
    for end in (*model.graph.input, *model.graph.output):
        end.name = names[end.name]
    _replace(model, nodes, kept)


def _in_order(model: ModelProto) -> list[NodeProto]:
    """The nodes that the outputs depend on, each behind those that it depends on itself."""
    writers = {output: node for node in model.graph.node for output in node.output}
    ordered: dict[int, NodeProto] = {}
    waiting = [(writers[end.name], False) for end in reversed(model.graph.output)]
    while waiting:
        node, ready = waiting.pop()
        if id(node) in ordered:
            continue
        if ready:
            ordered[id(node)] = node
            continue
        waiting.append((node, True))
        waiting += [(writers[name], False) for name in reversed(node.input) if name in writers]
    return list(ordered.values())


def _names(nodes: list[NodeProto], known: Mapping[str, str]) -> dict[str, str]:
    """The new name of each tensor: as Keras has it, or after the kind of node that makes it."""
    names = {"": "", **known}  # an input that is left out has the name ""
    for number, node in enumerate(nodes):
        for place, output in enumerate(node.output):
            names.setdefault(output, f"{node.op_type}_{number}" + (f"_{place}" if place else ""))
        for place, weight in enumerate(node.input):
            names.setdefault(weight, f"{node.op_type}_{number}_input_{place}")
    return names


def _renamed_weight(weight: TensorProto, names: Mapping[str, str]) -> TensorProto:
    weight.name = names[weight.name]
    return weight


def _rename(node: NodeProto, names: Mapping[str, str]) -> None:
    if any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute):
        raise ValueError(f"{node.op_type} has a graph of its own, whose names can't be told from the others'")
    node.input[:] = [names[name] for name in node.input]
    node.output[:] = [names[name] for name in node.output]
    node.name = node.output[0]
    attributes = sorted(node.attribute, key=lambda attribute: attribute.name)
    node.ClearField("attribute")
    node.attribute.extend(attributes)
    for attribute in node.attribute:
        if attribute.HasField("t"):
            attribute.t.ClearField("name")


def _replace(model: ModelProto, nodes: list[NodeProto], weights: list[TensorProto]) -> None:
    for field in ("node", "initializer", "value_info"):
        model.graph.ClearField(field)
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(weights)
