using System.CommandLine;
using Kalinka.Bench;

var messages = new Option<int>("--messages") { Description = "A round.", DefaultValueFactory = _ => 200_000 };
var size = new Option<int>("--size") { Description = "Payload, bytes.", DefaultValueFactory = _ => 128 };
var rate = new Option<int>("--rate")
{
    Description = "Messages a second; 0 as fast as they are taken.",
    DefaultValueFactory = _ => 20_000,
};
var rounds = new Option<int>("--rounds") { Description = "Of each contender.", DefaultValueFactory = _ => 5 };
var only = new Option<string?>("--only") { Description = "Run only one contender: kalinka or tools." };
var pub = new Option<string>("--pub") { Description = "The executable kalinka-pub.", Required = true };
var sub = new Option<string>("--sub") { Description = "The executable kalinka-sub.", Required = true };
var folder = new Option<string>("--folder") { Description = "For configurations and logs.", Required = true };

var root = new RootCommand("What a message costs in the daemons, beside the tools that everybody has.");
root.Add(Verb("pub", "MQTT to Kafka, beside mosquitto_sub | kcat.", PubBench.RunAsync));
root.Add(Verb("sub", "Kafka to MQTT, beside kcat | mosquitto_pub.", SubBench.RunAsync));
root.Add(Verb("outage", "Kafka to MQTT: what one broker's death means for the other's clients.", OutageBench.RunAsync));
return await root.Parse(args).InvokeAsync();

Command Verb(string name, string description, Func<BenchOptions, string, TextWriter, Task> run)
{
    var verb = new Command(name, description) { messages, size, rate, rounds, only, pub, sub, folder };
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
            arguments.GetValue(only)
        );
        return RunAsync(options, name, run);
    });
    return verb;
}

static async Task<int> RunAsync(BenchOptions options, string name, Func<BenchOptions, string, TextWriter, Task> run)
{
    var command =
        $"deploy/bench/run {name} --messages {options.Messages} --size {options.Size} --rate {options.Rate} --rounds {options.Rounds}";
    try
    {
        Directory.CreateDirectory(options.Folder);
        await run(options, command, Console.Out);
        return 0;
    }
    catch (BenchException failure)
    {
        await Console.Error.WriteLineAsync(failure.Message);
        return 1;
    }
}
