using System.CommandLine;
using Kalinka.Common.Hosting;

namespace Kalinka.Common.Verbs;

/// <summary><c>explain</c>: what would become of a message, without sending it.</summary>
public static class ExplainVerb
{
    /// <param name="description">What is told of which message.</param>
    /// <param name="message">Adds the arguments and options that describe the message.</param>
    /// <param name="explain">Null when they are mistaken, which has been printed then.</param>
    public static Command Create<T>(
        Daemon<T> daemon,
        IReadOnlyDictionary<string, string> keys,
        string description,
        Action<Command> message,
        Func<T, ParseResult, Explanation?> explain
    )
        where T : class, IDaemonConfiguration
    {
        var configuration = new ConfigurationArgument(keys);
        var json = new Option<bool>("--json") { Description = "Print one JSON object" };
        var command = new Command("explain", $"{description}; exit code 0, 1 when dropped or rejected")
        {
            configuration.Option,
        };
        message(command);
        command.Add(json);
        command.SetAction(result =>
        {
            var loaded = configuration.Load(result, root => daemon.Read(root, InstanceName.First));
            var explanation = loaded is null ? null : explain(loaded, result);
            return explanation?.Print(result.InvocationConfiguration.Output, result.GetValue(json))
                ?? ExitCodes.Mistake;
        });
        return command;
    }
}
