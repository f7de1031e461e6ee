using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kalinka.Common.Verbs;

/// <summary>How far a broker is from being switched off.</summary>
/// <param name="Retired">It is marked; false: it is back in service.</param>
/// <param name="Instances">Those that show themselves in the ensemble.</param>
/// <param name="Seats">Seats of it that are held.</param>
/// <param name="Sessions">MQTT sessions there for which the broker may queue.</param>
internal sealed record Retirement(
    string Broker,
    bool Retired,
    IReadOnlyList<RetiringInstance> Instances,
    int Seats,
    int Sessions
)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Nothing is under way there any more, and nothing will be.</summary>
    public bool Safe => Retired && Seats == 0 && Sessions == 0 && Instances.All(instance => instance.Done);

    /// <summary>What it waits for, on one line.</summary>
    public string Progress
    {
        get
        {
            var busy = Instances.Where(instance => !instance.Done).Select(instance => instance.ToString()).ToList();
            var parts = new List<string>();
            if (busy.Count > 0)
            {
                parts.Add(
                    $"{busy.Count} of {Instances.Count} instances are not done with it: {string.Join(", ", busy)}"
                );
            }

            if (Seats > 0)
            {
                parts.Add($"{Seats} seats are held");
            }

            if (Sessions > 0)
            {
                parts.Add(
                    $"{Sessions} MQTT sessions are not drained"
                        + (HasPub ? "" : ", and no kalinka-pub is there to do it")
                );
            }

            return $"{Broker} is retired; {string.Join("; ", parts)}";
        }
    }

    private bool HasPub => Instances.Any(instance => instance.Daemon == "kalinka-pub");

    /// <summary>The last word, for a person or, as one JSON object, for a machine.</summary>
    public void Print(TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(this, Json));
        }
        else if (!Retired)
        {
            output.WriteLine($"{Broker} is back in service");
        }
        else if (Safe)
        {
            output.WriteLine($"{Broker} can be switched off: {Instances.Count} instances are done with it");
        }
        else
        {
            output.WriteLine($"{Broker} cannot be switched off yet; the same command goes on waiting");
        }
    }
}

/// <param name="Done">It knows that the broker is retired, and has nothing to do with it any more.</param>
internal sealed record RetiringInstance(string Daemon, string Instance, bool Done)
{
    public override string ToString() => $"{Daemon} {Instance}";
}
