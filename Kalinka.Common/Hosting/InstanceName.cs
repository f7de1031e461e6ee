using System.Globalization;
using System.Net.Sockets;
using Kalinka.Common.Configuration;

namespace Kalinka.Common.Hosting;

/// <summary>
/// The default of <c>Instance</c>: the host's name and the lowest number that no other instance on this host has. The
/// number is held as an abstract socket address, which ends with the process however it ends, leaves no file, and is
/// seen by every service of the host, also by those that systemd gives a <c>/tmp</c> of their own.
/// </summary>
public sealed class InstanceName(string daemon) : IDisposable
{
    private const int HighestNumber = 999;

    private Socket? _claim;

    /// <summary>A name for a look without running: that of the first instance on this host.</summary>
    public static string First() => Format(0);

    /// <summary>Takes a name and holds it until this object is disposed of.</summary>
    /// <exception cref="IOException">All numbers are taken, or the system has no abstract sockets.</exception>
    public string Take()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new IOException("this system has no numbers to choose from");
        }

        for (var number = 0; number <= HighestNumber; number++)
        {
            _claim = Claim($"\0{daemon}-{number.ToString(CultureInfo.InvariantCulture)}");
            if (_claim is not null)
            {
                return Format(number);
            }
        }

        throw new IOException($"more than {HighestNumber} instances of {daemon} on this host");
    }

    public void Dispose() => _claim?.Dispose();

    private static string Format(int number) =>
        $"{Names.Legalize(Environment.MachineName, 56)}-{number.ToString(CultureInfo.InvariantCulture)}";

    private static Socket? Claim(string address)
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
