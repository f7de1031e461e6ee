using System.CommandLine;
using Kalinka.Common.Hosting;
using Kalinka.Common.Verbs;
using Kalinka.Sub.Configuration;

namespace Kalinka.Sub.Verbs;

/// <summary>The command line of <c>kalinka-sub</c>.</summary>
internal static class SubCommandLine
{
    private const string Name = "kalinka-sub";

    /// <param name="arguments">As the process got them.</param>
    /// <param name="createPipeline">Makes what <c>run</c> runs.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> InvokeAsync(string[] arguments, Func<SubConfiguration, PipelineFactory> createPipeline)
    {
        var daemon = new Daemon<SubConfiguration>(Name, SubConfiguration.Read, createPipeline);
        return DaemonCommandLine.InvokeAsync(
            Name,
            "Carries messages from Kafka to the MQTT broker of the client that they are for.",
            arguments,
            keys =>
                [
                    RunVerb.Create(daemon, keys),
                    CheckVerb.Create(daemon, keys),
                    Explain(daemon, keys),
                    WhereVerb.Create(keys),
                    RetireVerb.Create(daemon, keys),
                    PlanVerb.Create(),
                    HoldVerb.CreateHold(keys),
                    HoldVerb.CreateRelease(keys),
                ]
        );
    }

    private static Command Explain(Daemon<SubConfiguration> daemon, IReadOnlyDictionary<string, string> keys)
    {
        var record = new ExplainedRecord();
        return ExplainVerb.Create(
            daemon,
            keys,
            "Tells which rule a record matches and how it is published",
            record.AddTo,
            record.Explain
        );
    }
}
