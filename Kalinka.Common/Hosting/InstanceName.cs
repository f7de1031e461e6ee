using System.Globalization;
using System.Net.Sockets;
using Kalinka.Common.Configuration;

namespace Kalinka.Common.Hosting;

/// <summary>
/// The default of <c>Instance</c>: the host's name and the lowest number that no other instance on this host has. The
/// number is held as an abstract socket address, which ends with the process however it ends, leaves no file, and is
/// seen by every service of the host, also by those that systemd gives a <c>/tmp</c> of their own.
/// </summary>
public sealed class InstanceName : IDisposable
{
    private const int HighestNumber = 999;

    private readonly Socket _claim;

    private InstanceName(string text, Socket claim)
    {
        Text = text;
        _claim = claim;
    }

    public string Text { get; }

    /// <summary>Takes a name and holds it until it is disposed of.</summary>
    /// <exception cref="IOException">All numbers are taken, or the system has no abstract sockets.</exception>
    public static InstanceName Take(string daemon)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new IOException("this system cannot choose a name: set Instance");
        }

        for (var number = 0; number <= HighestNumber; number++)
        {
            if (TryClaim($"\0{daemon}-{number.ToString(CultureInfo.InvariantCulture)}") is { } claim)
            {
                return new InstanceName(Format(number), claim);
            }
        }

        throw new IOException($"more than {HighestNumber} instances of {daemon} on this host: set Instance");
    }

    /// <summary>A name for a look without running: that of the first instance on this host.</summary>
    public static string First() => Format(0);

    public void Dispose() => _claim.Dispose();

    private static string Format(int number) =>
        $"{Names.Legalize(Environment.MachineName, 56)}-{number.ToString(CultureInfo.InvariantCulture)}";

    private static Socket? TryClaim(string address)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(address));
            return socket;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            return null;
        }
    }
}
