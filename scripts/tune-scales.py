"""Moves the steps and biases of a scale table until the int8 network answers like single precision.

    python3 scripts/tune-scales.py MODEL.onnx TABLE.json OUT.json DIR [DIR ...] [--every 2 --offset 1] [--seconds 900]

A maintainer's tool, for a GPU with 48 GB and more: needs torch, onnx, numpy and Pillow. The table comes from
`npm run calibrate`, the model is `isnet.onnx`, and the photos need no ground truth: single precision is the teacher.
Rounding is passed straight through for the gradient, and the steps learn as in Esser et al., "Learned step size
quantization", ICLR 2020. Weights are rounded as `src/adapters/onnx-file/round-kernels.ts` rounds them (SQuant).
"""
import argparse, json, math, random, time
from pathlib import Path
import numpy as np, onnx, torch
import torch.nn.functional as F
from onnx import numpy_helper
from PIL import Image

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
SIZE = 1024
REFRESH_EVERY = 40  # iterations between two roundings of the weights


class Graph:
    """The ONNX graph with its constants on the device, and which node reads a tensor last."""

    def __init__(self, path):
        graph = onnx.load(path).graph
        self.nodes, self.last, self.constants = list(graph.node), {}, {}
        for tensor in graph.initializer:
            value = numpy_helper.to_array(tensor)
            floats = value.dtype == np.float32
            self.constants[tensor.name] = torch.from_numpy(value.copy()).to(DEVICE) if floats else value.tolist()
        for i, node in enumerate(self.nodes):
            for name in node.input:
                self.last[name] = i
        self.logits = next(n for n in self.nodes if n.op_type == "Sigmoid").input[0]
        # What the last decoder stages give; teaching them too steadies the learning.
        adds = [n.output[0] for n in self.nodes if n.op_type == "Add"]
        self.taught = adds[-3:] + [self.logits]


def convolve(node, x, weights, bias):
    named = {a.name: list(a.ints) for a in node.attribute}
    return F.conv2d(x, weights, bias, named["strides"], named["pads"][:2], named["dilations"])


class RoundToSteps(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, steps, low, high):
        ctx.save_for_backward(x, steps)
        ctx.range = low, high
        step = steps.view(1, -1, 1, 1)
        return (x / step).round_().clamp_(low, high).mul_(step)

    @staticmethod
    def backward(ctx, gradient):
        x, steps = ctx.saved_tensors
        low, high = ctx.range
        ratio = x / steps.view(1, -1, 1, 1)
        inside = (ratio >= low - 0.5) & (ratio <= high + 0.5)
        by_step = ratio.round().clamp_(low, high) - torch.where(inside, ratio, torch.zeros_like(ratio))
        return gradient * inside, (gradient * by_step).sum((0, 2, 3)), None, None


class RoundThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, gradient):
        return gradient


@torch.no_grad()
def round_kernels(exact):
    """[out, in, h, w] in units of the scale. The errors of each kernel cancel, then those of each output channel."""
    outputs, inputs = exact.shape[:2]
    flat = exact.reshape(outputs, inputs, -1)

    def move(rounded, direction, count):
        error = direction[..., None] * (flat - rounded)
        error[(rounded + direction[..., None]).abs() > 127] = -9
        rank = error.argsort(-1, descending=True).argsort(-1)
        return rounded + direction[..., None] * (rank < count[..., None])

    rounded = flat.round().clamp(-127, 127)
    sums = (rounded - flat).sum(-1)
    rounded = move(rounded, torch.where(sums > 0, -1.0, 1.0), sums.abs().round())
    sums = (rounded - flat).sum(-1)
    total = sums.sum(1)
    direction = torch.where(total > 0, -1.0, 1.0)[:, None]
    rank = (direction * sums).argsort(1).argsort(1)
    chosen = (rank < total.abs().round()[:, None]).float()
    return move(rounded, direction.expand_as(sums), chosen).reshape(exact.shape)


class Student(torch.nn.Module):
    """The graph as `rewriter.ts` will write it, on floats that hold only what bytes can hold.

    But for the first two convolutions: they stay two here, in floats, and what they end in is rounded.
    """

    def __init__(self, graph, table):
        super().__init__()
        self.graph, self.group, groups = graph, {}, {}
        self.log_steps = torch.nn.ParameterList()
        for name, line in table["steps"].items():  # tensors that are added have one line of steps
            if line not in groups:
                groups[line] = len(self.log_steps)
                self.log_steps.append(torch.nn.Parameter(parse(line).log()))
            self.group[name] = groups[line]
        self.biases, self.target, self.moves, self.refresh = torch.nn.ParameterDict(), {}, {}, True
        for i, node in enumerate(n for n in graph.nodes if n.op_type == "Conv"):
            output = node.output[0]
            readers = [n for n in graph.nodes if output in n.input]
            relu = readers[0].output[0] if len(readers) == 1 and readers[0].op_type == "Relu" else None
            target = output if output in self.group else relu if relu in self.group else None
            start = table.get("biases", {}).get(output)
            outputs = graph.constants[node.input[1]].shape[0]
            added = parse(start) if start else torch.zeros(outputs, device=DEVICE)
            unit = self.steps(target).detach() if target else torch.full((outputs,), 0.05, device=DEVICE)
            self.target[output] = (target, target == output, str(i))
            self.biases[str(i)] = torch.nn.Parameter(added / unit)

    def steps(self, name):
        return self.log_steps[self.group[name]].exp() if name in self.group else None

    def added_bias(self, output):
        target, _, key = self.target[output]
        return self.biases[key] * (self.steps(target) if target else 0.05)

    def to_bytes(self, flow):
        if not flow["rounded"]:
            flow["value"] = RoundToSteps.apply(flow["value"], flow["steps"], *limits(flow["signed"]))
            flow["rounded"] = True
        return flow["value"]

    def quantised_weights(self, output, weights, steps_in):
        folded = weights * steps_in.view(1, -1, 1, 1)
        scale = folded.detach().abs().amax((1, 2, 3), keepdim=True).clamp(min=1e-12) / 127
        exact = folded / scale
        if self.refresh:
            self.moves[output] = (round_kernels(exact.detach()) - exact.detach().round()).to(torch.int8)
        whole = (RoundThrough.apply(exact) + self.moves[output]).clamp(-127, 127)
        return whole * scale / steps_in.view(1, -1, 1, 1)

    def run_conv(self, node, source):
        output = node.output[0]
        target, signed, _ = self.target[output]
        steps = self.steps(target) if target else None
        weights = self.graph.constants[node.input[1]]
        bias = self.graph.constants[node.input[2]] + self.added_bias(output)
        if steps is None or not source["bytes"]:
            value = convolve(node, source["value"], weights, bias)
            return {output: flow_of(value, steps, signed, steps is not None, False)}
        weights = self.quantised_weights(output, weights, source["steps"])
        value = convolve(node, self.to_bytes(source), weights, bias)
        value = RoundToSteps.apply(value, steps, *limits(signed))
        return {target: flow_of(value, steps, signed, True, True)}

    def run_node(self, node, sources):
        op, output, first = node.op_type, node.output[0], sources[0]
        if op == "Conv":
            return self.run_conv(node, first)
        if op == "Relu":
            return {output: {**first, "value": F.relu(first["value"]), "signed": False, "rounded": False}}
        if op == "MaxPool":
            value = self.to_bytes(first) if first["bytes"] else first["value"]
            return {output: {**first, "value": F.max_pool2d(value, 2, 2, ceil_mode=True)}}
        if op == "Resize":
            size = self.graph.constants[node.input[3]][2:]
            value = F.interpolate(first["value"], size=size, mode="bilinear", align_corners=False)
            return {output: {**first, "value": value, "rounded": False}}
        if op == "Concat":
            whole = all(s["bytes"] and s["signed"] == first["signed"] for s in sources)
            value = torch.cat([self.to_bytes(s) if whole else s["value"] for s in sources], 1)
            known = all(s["steps"] is not None for s in sources)
            steps = torch.cat([s["steps"] for s in sources]) if known else None
            return {output: flow_of(value, steps, first["signed"], whole, whole)}
        if op == "Add":
            steps = self.steps(output)
            value = sum(self.to_bytes(s) if s["bytes"] else s["value"] for s in sources)
            if steps is None:
                return {output: flow_of(value, None, first["signed"], False, False)}
            return {output: flow_of(RoundToSteps.apply(value, steps, *limits(first["signed"])), steps, first["signed"], True, True)}
        raise ValueError(f"no rule for {op}")

    def forward(self, x):
        flows, kept = {"input": flow_of(x, None, False, False, False)}, {}
        for i, node in enumerate(self.graph.nodes):
            if node.op_type == "Sigmoid":
                return kept
            if node.output[0] not in flows:  # a ReLU that went into its convolution
                flows.update(self.run_node(node, [flows[n] for n in node.input if n in flows]))
            if node.output[0] in self.graph.taught:
                kept[node.output[0]] = flows[node.output[0]]["value"]
            for name in set(node.input):
                if self.graph.last.get(name) == i:
                    flows.pop(name, None)


def flow_of(value, steps, signed, is_bytes, rounded):
    return {"value": value, "steps": steps, "signed": signed, "bytes": is_bytes, "rounded": rounded}


def limits(signed):
    return (-128.0, 127.0) if signed else (0.0, 255.0)


def parse(line):
    return torch.tensor([float(x) for x in line.split()], device=DEVICE)


@torch.no_grad()
def teach(graph, x):
    values, kept = {"input": x}, {}
    for i, node in enumerate(graph.nodes):
        if node.op_type == "Sigmoid":
            return kept
        given = [values[n] for n in node.input if n in values]
        if node.op_type == "Conv":
            value = convolve(node, given[0], graph.constants[node.input[1]], graph.constants[node.input[2]])
        elif node.op_type == "Relu":
            value = F.relu(given[0])
        elif node.op_type == "MaxPool":
            value = F.max_pool2d(given[0], 2, 2, ceil_mode=True)
        elif node.op_type == "Concat":
            value = torch.cat(given, 1)
        elif node.op_type == "Add":
            value = given[0] + given[1]
        else:
            value = F.interpolate(given[0], size=graph.constants[node.input[3]][2:], mode="bilinear", align_corners=False)
        values[node.output[0]] = value
        if node.output[0] in graph.taught:
            kept[node.output[0]] = value
        for name in set(node.input):
            if graph.last.get(name) == i:
                values.pop(name, None)


def augment(photo):
    """A random part of the photo, mirrored or not, in other light and colours. [3, SIZE, SIZE], 0..1."""
    if random.random() < 0.2:
        return photo
    part = random.uniform(0.5, 1) ** 0.7
    width, height = (min(1, part * random.uniform(0.85, 1.15)) for _ in "xy")
    x, y = random.uniform(-1, 1) * (1 - width), random.uniform(-1, 1) * (1 - height)
    place = torch.tensor([[[width * random.choice([-1, 1]), 0, x], [0, height, y]]], device=DEVICE)
    grid = F.affine_grid(place, (1, 3, SIZE, SIZE), align_corners=False)
    image = F.grid_sample(photo[None], grid, padding_mode="border", align_corners=False)[0]
    image = image.clamp(1e-4, 1) ** math.exp(random.gauss(0, 0.2))
    image = (image - image.mean()) * random.uniform(0.8, 1.2) + image.mean() + random.gauss(0, 0.04)
    grey = image.mean(0, keepdim=True)
    return (grey + (image - grey) * random.uniform(0.5, 1.3)).clamp(0, 1)


def compute_loss(graph, given, wanted):
    *features, logits = graph.taught
    matte = (torch.sigmoid(given[logits]) - torch.sigmoid(wanted[logits])).abs().mean()
    near = F.smooth_l1_loss(given[logits].clamp(-8, 8), wanted[logits].clamp(-8, 8))
    inner = sum(((given[f] - wanted[f]) ** 2).mean() / (wanted[f] ** 2).mean() for f in features)
    return 10 * matte + 0.3 * near + 0.3 * inner


def load_photos(folders, every, offset):
    for folder in folders:
        names = sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})
        for path in names[offset::every]:
            pixels = np.asarray(Image.open(path).convert("RGB").resize((SIZE, SIZE), Image.LANCZOS)).copy()
            yield torch.from_numpy(pixels).to(DEVICE).permute(2, 0, 1).float() / 255


def write_table(path, table, student):
    line = lambda values: " ".join(f"{x:.4g}" for x in values.tolist())
    with torch.no_grad():
        steps = {name: line(student.steps(name)) for name in table["steps"]}
        biases = {name: line(student.added_bias(name)) for name in student.target}
    made = "npm run calibrate, then scripts/tune-scales.py"
    Path(path).write_text(json.dumps({**table, "made": made, "steps": steps, "biases": biases}, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser()
    for name in ("model", "table", "out"):
        parser.add_argument(name)
    parser.add_argument("folders", nargs="+")
    for name, default in (("every", 1), ("offset", 0), ("seconds", 900), ("batch", 4)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    random.seed(0), torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    table, graph = json.loads(Path(given.table).read_text()), Graph(given.model)
    student = Student(graph, table)
    photos = list(load_photos(given.folders, given.every, given.offset))
    rates = [{"params": list(student.log_steps), "lr": 0.003}, {"params": list(student.biases.values()), "lr": 0.015}]
    optimiser, first = torch.optim.Adam(rates), [r["lr"] for r in rates]
    started, iteration, order = time.time(), 0, []
    while (elapsed := (time.time() - started) / given.seconds) < 1:
        for group, rate in zip(optimiser.param_groups, first):
            group["lr"] = rate * min(1, (iteration + 1) / 50) * (0.5 + 0.5 * math.cos(math.pi * elapsed))
        if len(order) < given.batch:
            order = random.choices(range(len(photos)), k=given.batch) + random.sample(range(len(photos)), len(photos))
        x = torch.stack([augment(photos[order.pop()]) for _ in range(given.batch)]) - 0.5
        student.refresh = iteration % REFRESH_EVERY == 0
        loss = compute_loss(graph, student(x), teach(graph, x))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        if iteration % 50 == 0:
            print(f"{iteration}: {loss.item():.4f}", flush=True)
        iteration += 1
    write_table(given.out, table, student)


main()
