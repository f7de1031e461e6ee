using System.CommandLine;
using Kalinka.Common.Brokers;
using Kalinka.Common.Hosting;
using Kalinka.Common.Verbs;
using Kalinka.Common.ZooKeeper;
using Kalinka.Sub.Configuration;

namespace Kalinka.Sub.Verbs;

/// <summary>
/// <c>hold BROKER</c> and <c>release BROKER</c>: has all instances park a broker's traffic in Kafka, and send it again.
/// The mark is in the broker's znode.
/// </summary>
internal sealed class HoldVerb
{
    private readonly bool _held;
    private readonly ConfigurationArgument _configuration;
    private readonly Argument<string> _broker = new("BROKER") { Description = "Its name" };

    private HoldVerb(bool held, IReadOnlyDictionary<string, string> keys) =>
        (_held, _configuration) = (held, new ConfigurationArgument(keys));

    public static Command CreateHold(IReadOnlyDictionary<string, string> keys) =>
        new HoldVerb(true, keys).Create(
            "hold",
            "Has all instances park a broker's traffic in Kafka until it is released"
        );

    public static Command CreateRelease(IReadOnlyDictionary<string, string> keys) =>
        new HoldVerb(false, keys).Create("release", "Has the traffic of a broker that was held sent again");

    private Command Create(string name, string description)
    {
        var command = new Command(name, $"{description}; exit code 0") { _broker, _configuration.Option };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken stopping)
    {
        var loaded = _configuration.Load(result, root => SubConfiguration.Read(root, InstanceName.First));
        if (loaded is null)
        {
            return ExitCodes.Mistake;
        }

        return await BrokerMarking.RunAsync(
            loaded,
            result,
            ensemble => MarkAsync(ensemble, loaded, result, stopping).WaitAsync(BrokerMarking.Patience, stopping)
        );
    }

    private async Task<int> MarkAsync(
        ZooKeeperClient ensemble,
        SubConfiguration loaded,
        ParseResult result,
        CancellationToken stopping
    )
    {
        var broker = result.GetRequiredValue(_broker);
        if (await BrokerMarking.ProblemAsync(ensemble, loaded, broker, stopping) is { } problem)
        {
            return BrokerMarking.Refuse(result, problem);
        }

        await BrokerZnodes.MarkHeldAsync(ensemble, broker, _held, stopping);
        result.InvocationConfiguration.Output.WriteLine(
            _held ? $"{broker} is held: its traffic waits in Kafka" : $"{broker} is released"
        );
        return ExitCodes.Success;
    }
}
