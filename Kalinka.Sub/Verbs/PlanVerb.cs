using System.CommandLine;
using Kalinka.Common.Verbs;

namespace Kalinka.Sub.Verbs;

/// <summary><c>plan</c>: what both delivery modes come to for a landscape. Needs no server and no configuration.</summary>
internal sealed class PlanVerb
{
    private readonly Option<int> _brokers = Count("--brokers", "M", "MQTT brokers", null);
    private readonly Option<int> _instances = Count("--instances", "N", "Instances of kalinka-sub", null);
    private readonly Option<int> _clients = Count("--clients", "C", "Clients that messages are for", 10_000);
    private readonly Option<int> _rate = Count("--rate", "R", "Messages a second, all clients together", 1_000);
    private readonly Option<int> _partitions = Count(
        "--partitions",
        "P",
        "Partitions of the delivery topic; one for each broker when left out",
        0
    );
    private readonly Option<int> _window = Count(
        "--receive-maximum",
        "W",
        "Receive Maximum that the brokers grant: Mosquitto 20, EMQX 32, by default",
        DeliveryPlan.MosquittoWindow
    );
    private readonly Option<int> _roundTrip = Count(
        "--round-trip",
        "MS",
        "From PUBLISH to PUBACK, in milliseconds",
        DeliveryPlan.RoundTripMs
    );
    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    private PlanVerb() { }

    public static Command Create()
    {
        var verb = new PlanVerb();
        var command = new Command("plan", "Tells the connection budget of both delivery modes; exit code 0")
        {
            verb._brokers,
            verb._instances,
            verb._clients,
            verb._rate,
            verb._partitions,
            verb._window,
            verb._roundTrip,
            verb._json,
        };
        command.SetAction(verb.Run);
        return command;
    }

    private static Option<int> Count(string name, string help, string description, int? fallback)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = help,
            Required = fallback is null,
        };
        if (fallback is { } value)
        {
            option.DefaultValueFactory = _ => value;
        }

        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var number) || number < 1))
            {
                result.AddError($"{name} must be 1 or more");
            }
        });
        return option;
    }

    private int Run(ParseResult result)
    {
        var brokers = result.GetValue(_brokers);
        var plan = new DeliveryPlan(
            brokers,
            result.GetValue(_instances),
            result.GetValue(_clients),
            result.GetValue(_rate),
            result.GetValue(_partitions) is > 0 and var partitions ? partitions : brokers,
            result.GetValue(_window),
            result.GetValue(_roundTrip)
        );
        plan.Print(result.InvocationConfiguration.Output, result.GetValue(_json));
        return ExitCodes.Success;
    }
}
