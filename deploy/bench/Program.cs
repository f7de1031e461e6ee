using System.CommandLine;
using Kalinka.Bench;
using Kalinka.Bench.Scale;

var messages = new Option<int>("--messages") { Description = "A round.", DefaultValueFactory = _ => 200_000 };
var size = new Option<int>("--size") { Description = "Payload, bytes.", DefaultValueFactory = _ => 128 };
var rate = new Option<int>("--rate")
{
    Description = "Messages a second; 0 as fast as they are taken.",
    DefaultValueFactory = _ => 20_000,
};
var rounds = new Option<int>("--rounds") { Description = "Of each contender.", DefaultValueFactory = _ => 5 };
var only = new Option<string?>("--only") { Description = "Run only one contender: kalinka or tools." };
var check = new Option<bool>("--check")
{
    Description = "outage: fail when the living broker's clients lose a tenth of throughput or 99th percentile.",
};
var pub = new Option<string>("--pub") { Description = "The executable kalinka-pub.", Required = true };
var sub = new Option<string>("--sub") { Description = "The executable kalinka-sub.", Required = true };
var folder = new Option<string>("--folder") { Description = "For configurations and logs.", Required = true };

var clients = new Option<int>("--clients") { Description = "In the directory.", DefaultValueFactory = _ => 1_000_000 };
var heap = new Option<string>("--heap") { Description = "Of ZooKeeper: 4g.", DefaultValueFactory = _ => "4g" };

var root = new RootCommand(
    "What a message costs in the daemons, beside the tools that everybody has, and what a fleet costs the directory."
);
root.Add(Verb("pub", "MQTT to Kafka, beside mosquitto_sub | kcat.", PubBench.RunAsync));
root.Add(Verb("sub", "Kafka to MQTT, beside kcat | mosquitto_pub.", SubBench.RunAsync));
root.Add(Verb("outage", "Kafka to MQTT: what one broker's death means for the other's clients.", OutageBench.RunAsync));
root.Add(Verb("memory", "What kalinka-sub's memory is made of.", MemoryBench.RunAsync));
var scale = new Command("scale", "The directory with a million clients.");
scale.Add(ScaleVerb("zookeeper", "In client znodes of a real ZooKeeper.", ZooKeeperScale.RunAsync));
scale.Add(
    ScaleVerb("zookeeper-limit", "Writes client znodes until the server takes no more.", ZooKeeperScale.LimitAsync)
);
scale.Add(ScaleVerb("zookeeper-watches", "Changes that many instances follow.", WatchScale.RunAsync));
scale.Add(ScaleVerb("kafka", "In a compacted topic of a real Kafka.", KafkaScale.RunAsync));
root.Add(scale);
return await root.Parse(args).InvokeAsync();

Command ScaleVerb(string name, string description, Func<ScaleOptions, string, Figures, Task> run)
{
    var verb = new Command(name, description) { clients, heap, pub, sub, folder };
    verb.SetAction(arguments =>
    {
        var options = new ScaleOptions(
            arguments.GetValue(clients),
            arguments.GetValue(heap)!,
            arguments.GetRequiredValue(folder)
        );
        var memory = name == "kafka" ? "" : $" --heap {options.Heap}";
        var command = $"deploy/bench/run scale {name} --clients {options.Clients}{memory}";
        return ReportAsync(options.Folder, () => run(options, command, new Figures(Console.Out)));
    });
    return verb;
}

Command Verb(string name, string description, Func<BenchOptions, string, TextWriter, Task> run)
{
    var verb = new Command(name, description) { messages, size, rate, rounds, only, check, pub, sub, folder };
    verb.SetAction(arguments =>
    {
        var options = new BenchOptions(
            arguments.GetValue(messages),
            arguments.GetValue(size),
            arguments.GetValue(rate),
            arguments.GetValue(rounds),
            arguments.GetRequiredValue(pub),
            arguments.GetRequiredValue(sub),
            arguments.GetRequiredValue(folder),
            arguments.GetValue(only),
            arguments.GetValue(check)
        );
        return RunAsync(options, name, run);
    });
    return verb;
}

static Task<int> RunAsync(BenchOptions options, string name, Func<BenchOptions, string, TextWriter, Task> run)
{
    var command =
        $"deploy/bench/run {name} --messages {options.Messages} --size {options.Size} --rate {options.Rate} --rounds {options.Rounds}";
    return ReportAsync(options.Folder, () => run(options, command, Console.Out));
}

static async Task<int> ReportAsync(string folder, Func<Task> run)
{
    try
    {
        Directory.CreateDirectory(folder);
        await run();
        return 0;
    }
    catch (BenchException failure)
    {
        await Console.Error.WriteLineAsync(failure.Message);
        return 1;
    }
}
